import { spawn } from 'node:child_process';
import type { Measurement } from './bench';

/** A program that is run as a process of its own. */
export interface Program {
  /** The command as it is typed in a shell. */
  readonly command: string;
  /** @default - the running Node */
  readonly file?: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Two programs to compare. The value is the median of `ours` / `peer` over all pairs. */
export interface Comparison {
  readonly name: string;
  readonly ours: Program;
  readonly peer: Program;
  readonly pairs: number;
  readonly target: number;
  /** Prepares each run; not timed. */
  readonly prepare?: () => Promise<void>;
}

/** Runs both programs alternately, so that other load on the machine affects both. */
export async function compare(comparison: Comparison, say: (text: string) => void): Promise<Measurement> {
  const { name, ours, peer, pairs, target, prepare = async () => {} } = comparison;
  say(`${name}: ${pairs} pairs`);
  const times: { ours: number; peer: number }[] = [];
  for (let pair = 0; pair <= pairs; pair++) {
    await prepare();
    const oursTime = await run(ours);
    await prepare();
    const time = { ours: oursTime, peer: await run(peer) };
    if (pair > 0) times.push(time);
  }
  return {
    name,
    value: median(times.map((pair) => pair.ours / pair.peer)),
    target,
    unit: 'ratio',
    ours: describe(
      ours,
      times.map((pair) => pair.ours),
    ),
    peer: describe(
      peer,
      times.map((pair) => pair.peer),
    ),
  };
}

/** Runs a program, and returns its time in milliseconds from the start to the end of the process. */
export function run({ command, file = process.execPath, args, cwd, env }: Program): Promise<number> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(file, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(performance.now() - start);
      else reject(new Error(`${command} failed\n${stderr}`));
    });
  });
}

/** The middle value, or the mean of the two middle values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = Number.NaN, high = Number.NaN] = [sorted[middle - 1 + (sorted.length % 2)], sorted[middle]];
  return (low + high) / 2;
}

function describe({ command }: Program, times: readonly number[]): string {
  return `${command} (${median(times).toFixed(0)} ms)`;
}
