// node --import tsx tools/crds/pin.ts: makes the Go modules of Flux' releases, go.mod and go.sum, from the table of releases.
// Only needed when a release is added.
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FluxVersion } from '../../src/constructs/flux-aio/flux-releases';
import { apiModules, fluxVersions } from './api-modules';
import { run } from './go-module';

function pin(version: FluxVersion): void {
  const folder = mkdtempSync(join(tmpdir(), 'eggtooth-pin-'));
  try {
    writeFileSync(join(folder, 'go.mod'), `module eggtooth.dev/tools/crds/flux-${version}\n\ngo 1.25.0\n`);
    run(folder, 'go', ['get', ...apiModules(version).map((api) => `${api.module}/...@${api.version}`)]);
    cpSync(folder, join(__dirname, 'modules', version), { recursive: true });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

for (const version of fluxVersions) pin(version);
