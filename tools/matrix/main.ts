// npm run test:matrix [-- VERSION...]: runs tests with the servers of each version of Kubernetes that can be built, or of
// the named ones, and writes docs/compatibility.md. What it states of the others stays.
import { spawnSync } from 'node:child_process';
import { ensurePrograms } from '../control-plane/ensure-programs';
import { type KubernetesMinor, kubernetesMinors } from '../control-plane/kubernetes-versions';
import { clusterPrograms } from '../control-plane/programs';
import { type Counts, vitest } from '../vitest';
import { writePage } from './page';
import type { MatrixResult } from './result';
import { matrixTests } from './tests';

async function main(minors: readonly KubernetesMinor[]): Promise<void> {
  const { sandbox } = await ensurePrograms([...clusterPrograms, 'kubeconform']);
  const results: MatrixResult[] = [];
  for (const minor of minors) {
    results.push({ minor, ...(await run(sandbox, minor)) });
    writePage(results);
  }
  for (const { minor, passed, failed, skipped } of results) {
    console.log(`Kubernetes ${minor}: ${passed} passed, ${failed} failed, ${skipped} skipped`);
  }
  process.exitCode = results.some(({ failed }) => failed > 0) ? 1 : 0;
}

/** In processes of its own, because the version is chosen when the programs are loaded. */
async function run(sandbox: string, minor: KubernetesMinor): Promise<Counts> {
  console.log(`Kubernetes ${minor} ...`);
  const env = { EGGTOOTH_KUBERNETES: minor, EGGTOOTH_E2E_KUBECONFIG: '' };
  const build = ['--import', 'tsx', 'tools/control-plane/build.ts', 'kube-apiserver', 'kube-controller-manager'];
  const { status } = spawnSync(process.execPath, build, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...env },
  });
  if (status !== 0) return { passed: 0, failed: 1, skipped: 0 };
  return vitest({
    prefix: [sandbox],
    projects: ['any-cluster', 'e2e'],
    args: matrixTests.map(({ path }) => path),
    env,
  });
}

const named = process.argv.slice(2);
const unknown = named.find((name) => !kubernetesMinors.includes(name as KubernetesMinor));
if (unknown !== undefined) {
  console.error(`error: no such version: ${unknown}; there are ${kubernetesMinors.join(', ')}`);
  process.exitCode = 2;
} else {
  main(named.length > 0 ? (named as KubernetesMinor[]) : kubernetesMinors).catch((error: unknown) => {
    console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  });
}
