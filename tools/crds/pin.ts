// node --import tsx tools/crds/pin.ts: pins the API modules of each release of Flux that was added to the table of releases,
// by a go.mod and a go.sum.
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FluxVersion } from '../../src/constructs/flux-aio/flux-releases';
import { apiModules, fluxVersions } from './api-modules';
import { run } from './go-module';

const moduleOf = (version: FluxVersion) => join(__dirname, 'modules', version);

function pin(version: FluxVersion): void {
  const folder = mkdtempSync(join(tmpdir(), 'eggtooth-pin-'));
  try {
    writeFileSync(join(folder, 'go.mod'), `module eggtooth.dev/tools/crds/flux-${version}\n\ngo 1.25.0\n`);
    run(folder, 'go', ['get', ...apiModules(version).map((api) => `${api.module}/...@${api.version}`)]);
    cpSync(folder, moduleOf(version), { recursive: true });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

for (const version of fluxVersions.filter((one) => !existsSync(moduleOf(one)))) pin(version);
