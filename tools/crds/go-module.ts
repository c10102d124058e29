import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** One module that this folder's go.mod asks for itself, not through another one. */
export interface Requirement {
  readonly module: string;
  readonly version: string;
}

/** The modules that this folder's go.mod pins, in its order. */
export function requirements(): Requirement[] {
  const lines = readFileSync(join(__dirname, 'go.mod'), 'utf8').matchAll(/^\t(\S+) (v\S+)$/gm);
  return [...lines].map(([, module = '', version = '']) => ({ module, version }));
}

/**
 * Runs Go, or a program that calls Go, in this folder's module.
 * @returns what it wrote to stdout
 * @throws Error of one line if the program is missing or fails
 */
export function run(program: string, args: readonly string[]): string {
  const { error, status, stdout, stderr } = spawnSync(program, args, {
    cwd: __dirname,
    encoding: 'utf8',
    env: { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' },
  });
  if (error !== undefined && 'code' in error && error.code === 'ENOENT' && program === 'go') {
    throw new Error('go is not on the PATH: the Flux CRDs are made with Go, https://go.dev/doc/install');
  }
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${program} ${args[0]} failed: ${stderr.trim().split('\n').at(-1)}`);
  return stdout;
}

/** The folder that keeps what this module's programs make, outside the checkout: one for each go.mod, go.sum and Go. */
export function cacheFolder(): string {
  const { XDG_CACHE_HOME: given = '' } = process.env;
  const hash = createHash('sha256').update(run('go', ['version']));
  for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(join(__dirname, file)));
  const key = hash.digest('hex').slice(0, 16);
  return join(isAbsolute(given) ? given : join(homedir(), '.cache'), 'eggtooth', `crds-${key}`);
}
