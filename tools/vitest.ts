import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a run of tests counted. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Options of {@link vitest}. */
export interface VitestOptions {
  readonly projects: readonly string[];
  /** Filters and flags of vitest. */
  readonly args?: readonly string[];
  /** A program that runs vitest's, such as the sandbox. @default - none */
  readonly prefix?: readonly string[];
  /** Variables in addition to the environment. */
  readonly env?: NodeJS.ProcessEnv;
  /** Return the output instead of printing it. @default false */
  readonly quiet?: boolean;
}

/** A run of tests, with its output if that was not printed. */
export interface Run extends Counts {
  readonly output: string;
}

interface VitestReport {
  readonly success: boolean;
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
}

/** Runs vitest on projects, and counts the tests. A run that ended without a report is one failure. */
export async function vitest({ projects, args = [], prefix = [], env, quiet = false }: VitestOptions): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'eggtooth-test-'));
  const report = join(folder, 'report.json');
  try {
    const [program = '', ...rest] = [
      ...prefix,
      process.execPath,
      'node_modules/vitest/vitest.mjs',
      'run',
      '--passWithNoTests',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
      ...projects.flatMap((project) => ['--project', project]),
      ...args,
    ];
    const output = quiet ? 'pipe' : 'inherit';
    const child = spawn(program, rest, { stdio: ['ignore', output, output], env: { ...process.env, ...env } });
    const chunks: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
    await once(child, 'close');
    return { ...read(report), output: Buffer.concat(chunks).toString() };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A run that failed outside of its tests is one failure, too. */
function read(report: string): Counts {
  try {
    const json: VitestReport = JSON.parse(readFileSync(report, 'utf8'));
    const failed = json.success ? json.numFailedTests : Math.max(json.numFailedTests, 1);
    return { passed: json.numPassedTests, failed, skipped: json.numPendingTests + json.numTodoTests };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}
