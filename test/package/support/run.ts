import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

export const checkout = join(__dirname, '../../..');

/** Runs a program and gives its standard output; a failure tells both of its outputs. */
export function run(cwd: string, program: string, ...args: readonly string[]): string {
  const { status, stdout, stderr, error } = tryRun(cwd, program, ...args);
  if (status === 0) return stdout;
  throw new Error(`${[program, ...args].join(' ')} failed (${error?.message ?? status})\n${stdout}\n${stderr}`);
}

export function tryRun(cwd: string, program: string, ...args: readonly string[]) {
  const env = { ...process.env, CDK8S_CHECK_UPGRADE: 'false', NO_COLOR: '1' };
  return spawnSync(program, args, { cwd, env, encoding: 'utf8', maxBuffer: Number.POSITIVE_INFINITY });
}
