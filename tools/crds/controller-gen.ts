import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheFolder, requirements, run } from './go-module';

const PACKAGE = 'sigs.k8s.io/controller-tools/cmd/controller-gen';
const API_MODULE = /^github\.com\/fluxcd\/[^/]+\/api(\/v\d+)?$/;

/** The CRDs of Flux as controller-gen writes them, one YAML text each; made once a machine, kept in the cache folder. */
export function rawCrds(): string[] {
  const cache = cacheFolder();
  if (!existsSync(cache)) fill(cache);
  const folder = join(cache, 'crds');
  return readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
}

/** Makes the cache folder under another name first, so that a run that breaks off leaves none that looks complete. */
function fill(cache: string): void {
  mkdirSync(dirname(cache), { recursive: true });
  const unfinished = mkdtempSync(`${cache}.`);
  try {
    process.stderr.write('building controller-gen: a minute or two, once a machine\n');
    const program = join(unfinished, 'controller-gen');
    run('go', ['build', '-trimpath', '-ldflags', '-s -w', '-o', program, PACKAGE]);
    const apis = requirements().filter(({ module }) => API_MODULE.test(module));
    const paths = apis.map(({ module }) => `${module}/...`).join(';');
    run(program, ['crd', `paths=${paths}`, `output:crd:dir=${join(unfinished, 'crds')}`]);
    if (!existsSync(join(unfinished, 'crds'))) throw new Error(`controller-gen found no CRDs in ${paths}`);
    if (!existsSync(cache)) renameSync(unfinished, cache);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}
