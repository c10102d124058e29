// node --import tsx tools/crds/pin.ts: pins the API modules of each release of Flux whose CRDs are made, by a go.mod and a
// go.sum, and fails if the table of releases gives a release the CRDs of another one that differ from its own.
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FluxVersion, fluxReleases } from '../../src/constructs/flux-aio/flux-releases';
import { apiModules, crdsVersions, fluxVersions } from './api-modules';
import { crdFolder, makeCrds } from './crds';
import { run } from './go-module';

/** Calls a function with the folder of a Go module that pins the API modules of a release. */
function withModule(version: FluxVersion, use: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'eggtooth-pin-'));
  try {
    writeFileSync(join(folder, 'go.mod'), `module eggtooth.dev/tools/crds/flux-${version}\n\ngo 1.25.0\n`);
    run(folder, 'go', ['get', ...apiModules(version).map((api) => `${api.module}/...@${api.version}`)]);
    use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

for (const version of crdsVersions) {
  const pinned = join(__dirname, 'modules', version);
  if (!existsSync(pinned)) withModule(version, (folder) => cpSync(folder, pinned, { recursive: true }));
}
for (const version of fluxVersions) {
  const { crds } = fluxReleases[version];
  if (crds !== version) process.stdout.write(`${version}: ${compared(version, crds)} ${crds}\n`);
}

function compared(version: FluxVersion, crds: FluxVersion): string {
  let same = false;
  try {
    withModule(version, (folder) => {
      same = makeCrds(folder, version, tmpdir()) === readFileSync(join(crdFolder(), `${crds}.json`), 'utf8');
    });
  } catch (error) {
    return `${error instanceof Error ? error.message : error}: not compared with`;
  }
  if (!same) process.exitCode = 1;
  return same ? 'the same CRDs as' : 'OTHER CRDs THAN';
}
