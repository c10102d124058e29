import { spawnSync } from 'node:child_process';
import type { Measurement } from './bench';

/** A program as a whole process. */
export interface Program {
  /** As a reader would type it. */
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Two programs to compare: the value is the median of `ours` / `peer` over the pairs. */
export interface Comparison {
  readonly name: string;
  readonly ours: Program;
  readonly peer: Program;
  readonly pairs: number;
  readonly target: number;
}

/** Runs the two in turn, A B A B..., so that whatever else the machine does meets both. */
export function compare({ name, ours, peer, pairs, target }: Comparison, say: (text: string) => void): Measurement {
  say(`${name}: ${pairs} pairs`);
  run(ours);
  run(peer);
  const times = Array.from({ length: pairs }, () => ({ ours: run(ours), peer: run(peer) }));
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

/** Runs a program with this very Node and gives its time in milliseconds, from start to end of the process. */
export function run({ command, args, cwd, env }: Program): number {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { cwd, env: { ...process.env, ...env } });
  const time = performance.now() - start;
  if (status !== 0) throw new Error(`${command} failed\n${stderr}`);
  return time;
}

/** The middle value; of an even number of values, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = Number.NaN, high = Number.NaN] = [sorted[middle - 1 + (sorted.length % 2)], sorted[middle]];
  return (low + high) / 2;
}

function describe({ command }: Program, times: readonly number[]): string {
  return `${command} (${median(times).toFixed(0)} ms)`;
}
