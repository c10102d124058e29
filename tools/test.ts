// npm test [-- FILTER...]: typecheck, lint, then vitest: tests of the sources, the build and the package here, e2e tests
// in a sandbox, those of a real node in another.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureNode } from './control-plane/ensure-node';
import { ensurePrograms } from './control-plane/ensure-programs';
import { ensureSystemProgram } from './control-plane/ensure-system-program';
import { clusterPrograms, testPrograms } from './control-plane/programs';
import { type Counts, vitest } from './vitest';

async function main(filters: readonly string[]): Promise<void> {
  const counts = [
    ...(filters.length === 0
      ? [check('typecheck', 'typescript/bin/tsc', '--noEmit'), check('lint', '@biomejs/biome/bin/biome', 'ci')]
      : []),
    await vitest({ projects: ['unit', 'built', 'package'], args: filters }),
    ...(await e2e(filters)),
  ];
  const sum = (key: keyof Counts) => counts.reduce((total, one) => total + one[key], 0);
  process.exitCode = sum('failed') > 0 ? 1 : 0;
  console.log(`${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
}

/** Our own clusters run in a sandbox; one that the user has is met from outside of it. */
async function e2e(filters: readonly string[]): Promise<readonly Counts[]> {
  const theirs = process.env.EGGTOOTH_E2E_KUBECONFIG
    ? [await vitest({ projects: ['any-cluster'], args: ['--fileParallelism=false', ...filters] })]
    : [];
  if (process.platform !== 'linux') {
    console.log('e2e tests on clusters of our own are skipped: they need the namespaces of Linux');
    return [...theirs, { passed: 0, failed: 0, skipped: 1 }];
  }
  const { sandbox } = await ensurePrograms([...clusterPrograms, ...testPrograms]);
  await ensureNode();
  ensureSystemProgram('curl');
  const ours = { prefix: [sandbox], env: { EGGTOOTH_E2E_KUBECONFIG: '' } };
  const projects = theirs.length > 0 ? ['e2e'] : ['e2e', 'any-cluster'];
  // They wait for servers half of the time: for example, until a right that was added is noticed.
  const [clusters, nodes] = await Promise.all([
    vitest({ ...ours, projects, args: ['--maxWorkers=3', ...filters] }),
    vitest({ ...ours, projects: ['node'], args: ['--fileParallelism=false', ...filters], quiet: true }),
  ]);
  process.stdout.write(nodes.output);
  return [...theirs, clusters, nodes];
}

function check(what: string, program: string, ...args: readonly string[]): Counts {
  console.log(`${what} ...`);
  const { status } = spawnSync(process.execPath, [join('node_modules', program), ...args], { stdio: 'inherit' });
  return status === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
