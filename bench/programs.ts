import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type Program, run } from './pairs';

export const root = join(__dirname, '..');

/** Compiles bench/programs, so that both sides run JavaScript from the same compiler. */
export function compilePrograms(): void {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', 'bench/programs'], { cwd: root, stdio: ['ignore', 2, 2] });
}

/** Calls `use` with a temporary folder for the output of the programs. */
export async function withScratch<Result>(use: (scratch: string) => Promise<Result>): Promise<Result> {
  const scratch = mkdtempSync(join(tmpdir(), 'eggtooth-bench-'));
  try {
    return await use(scratch);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** A compiled program that synthesizes to a folder. */
export function synth(file: string, outdir: string, env: Readonly<Record<string, string>> = {}): Program {
  const folder = join(root, file, '..');
  const words = [...Object.entries(env).map(([name, value]) => `${name}=${value}`), 'node', file];
  return { command: words.join(' '), args: [basename(file)], cwd: folder, env: { ...env, CDK8S_OUTDIR: outdir } };
}

/** A compiled program that reads what is in its environment. */
export function program(file: string, env: Readonly<Record<string, string>>): Program {
  return { command: `node ${file}`, args: [file], cwd: root, env };
}

/** Fails if two programs do not write the same bytes: their times could not be compared. */
export async function assertSameBytes(a: Program, b: Program): Promise<void> {
  await run(a);
  await run(b);
  const [ours, theirs] = [outputOf(a), outputOf(b)];
  if (ours.size === 0) throw new Error(`no output: ${a.command}`);
  for (const name of new Set([...ours.keys(), ...theirs.keys()])) {
    if (ours.get(name) !== theirs.get(name)) {
      throw new Error(`different ${name}: ${a.command} and ${b.command} must write the same bytes`);
    }
  }
}

function outputOf({ env }: Program): ReadonlyMap<string, string> {
  const folder = env.CDK8S_OUTDIR ?? '';
  return new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}
