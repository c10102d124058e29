// node tools/build.mjs: makes lib/, which is the package beside its texts, and compiles the examples.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { bundleAll } from './bundles';
import { entryPoints, esModule } from './es-modules';
import { compileLibrary } from './library';
import { plainTypes } from './plain-types';
import { thirdPartyNotices } from './third-party-notices';

/** Modules whose types come from `cdk8s import`: in the package they are written out. */
const PLAIN_TYPES = ['src/kubernetes/k8s', 'src/kubernetes/flux-manifests'];

async function main(): Promise<void> {
  // The CRDs of Flux, while the compiler runs: the first time on a machine they take longer than it does.
  const crds = once(
    spawn(process.execPath, ['--import', 'tsx', 'tools/crds/make.ts'], { stdio: ['ignore', 2, 2] }),
    'exit',
  );
  rmSync('lib', { recursive: true, force: true });
  const program = compileLibrary();
  for (const module of PLAIN_TYPES) {
    const file = `lib/${module}.d.ts`;
    writeFileSync(file, plainTypes(program, `${module}.ts`, readFileSync(file, 'utf8')));
  }
  for (const entryPoint of entryPoints) {
    const module = Object.entries(esModule(program, entryPoint));
    for (const [extension, text] of module) writeFileSync(`${entryPoint}${extension}`, text);
  }
  writeFileSync('lib/THIRD_PARTY_NOTICES.txt', thirdPartyNotices(await bundleAll()));
  chmodSync('lib/eggtooth.js', 0o755);
  const examples = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'examples'], {
    stdio: ['ignore', 2, 2],
  });
  const [status] = await crds;
  if (examples.status !== 0 || status !== 0) throw new Error('see above');
  cpSync('crds', 'lib/crds', { recursive: true });
}

main().catch((error: unknown) => {
  process.stderr.write(`build: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
});
