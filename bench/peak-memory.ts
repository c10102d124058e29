import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Measurement } from './bench';
import { median, type Program, run } from './pairs';
import { root } from './programs';

/** A program whose memory is compared with an absolute target in MB. */
export interface MemoryBench {
  readonly name: string;
  readonly program: Program;
  /** Folder for the measured values. */
  readonly scratch: string;
  readonly target: number;
  /** Prepares each run. */
  readonly prepare?: () => Promise<void>;
}

const RUNS = 5;

/** Measures the peak resident memory of a Node program, as the median of several runs. */
export async function peakMemory(bench: MemoryBench, say: (text: string) => void): Promise<Measurement> {
  const { name, program, scratch, target, prepare = async () => {} } = bench;
  say(`${name}: ${RUNS} runs`);
  const file = join(scratch, 'peak');
  const env = { ...program.env, NODE_OPTIONS: `--require ${join(root, 'bench/programs/peak.cjs')}`, PEAK_FILE: file };
  const peaks: number[] = [];
  for (let count = 0; count < RUNS; count++) {
    await prepare();
    await run({ ...program, env });
    peaks.push(Number(readFileSync(file, 'utf8')));
  }
  return { name, value: median(peaks), target, unit: 'MB', ours: program.command };
}
