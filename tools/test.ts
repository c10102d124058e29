// npm test [-- FILTER...]: typecheck, lint, then vitest: tests of the sources, the build and the package here, e2e tests
// in a sandbox, those of a real node in another.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureNode } from './control-plane/ensure-node';
import { ensurePrograms } from './control-plane/ensure-programs';
import { clusterPrograms, testPrograms } from './control-plane/programs';

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

interface VitestReport {
  readonly success: boolean;
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
}

async function main(filters: readonly string[]): Promise<void> {
  const reports = mkdtempSync(join(tmpdir(), 'eggtooth-test-'));
  try {
    const counts = [
      ...(filters.length === 0
        ? [check('typecheck', 'typescript/bin/tsc', '--noEmit'), check('lint', '@biomejs/biome/bin/biome', 'ci')]
        : []),
      vitest([], ['unit', 'built', 'package'], filters, join(reports, 'unit.json')),
      ...(await e2e(filters, reports)),
    ];
    const sum = (key: keyof Counts) => counts.reduce((total, one) => total + one[key], 0);
    process.exitCode = sum('failed') > 0 ? 1 : 0;
    console.log(`${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
  } finally {
    rmSync(reports, { recursive: true, force: true });
  }
}

/** Our own clusters run in a sandbox; one that the user has is met from outside of it. */
async function e2e(filters: readonly string[], reports: string): Promise<readonly Counts[]> {
  const theirs = process.env.EGGTOOTH_E2E_KUBECONFIG
    ? [vitest([], ['any-cluster'], ['--fileParallelism=false', ...filters], join(reports, 'any-cluster.json'))]
    : [];
  if (process.platform !== 'linux') {
    console.log('e2e tests on clusters of our own are skipped: they need the namespaces of Linux');
    return [...theirs, { passed: 0, failed: 0, skipped: 1 }];
  }
  const { sandbox } = await ensurePrograms([...clusterPrograms, ...testPrograms]);
  await ensureNode();
  const projects = theirs.length > 0 ? ['e2e'] : ['e2e', 'any-cluster'];
  return [
    ...theirs,
    vitest([sandbox], projects, filters, join(reports, 'e2e.json')),
    vitest([sandbox], ['node'], ['--fileParallelism=false', ...filters], join(reports, 'node.json')),
  ];
}

function vitest(
  prefix: readonly string[],
  projects: readonly string[],
  filters: readonly string[],
  report: string,
): Counts {
  const run = ['node_modules/vitest/vitest.mjs', 'run', '--passWithNoTests', '--reporter=default', '--reporter=json'];
  const choice = projects.flatMap((project) => ['--project', project]);
  const [program = '', ...args] = [
    ...prefix,
    process.execPath,
    ...run,
    `--outputFile.json=${report}`,
    ...choice,
    ...filters,
  ];
  const env = prefix.length === 0 ? process.env : { ...process.env, EGGTOOTH_E2E_KUBECONFIG: '' };
  spawnSync(program, args, { stdio: 'inherit', env });
  return read(report);
}

/** A run that ended without a report, or failed outside of its tests, is one failure. */
function read(report: string): Counts {
  try {
    const json: VitestReport = JSON.parse(readFileSync(report, 'utf8'));
    const failed = json.success ? json.numFailedTests : Math.max(json.numFailedTests, 1);
    return { passed: json.numPassedTests, failed, skipped: json.numPendingTests + json.numTodoTests };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
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
