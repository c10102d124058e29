import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One module that a go.mod asks for. */
export interface Requirement {
  readonly module: string;
  readonly version: string;
}

/** The Go module that pins controller-gen; the others are named after releases of Flux. */
export const controllerGenModule = 'controller-gen';

/**
 * The folder of a Go module that pins what the CRDs are made with: its go.mod and its go.sum.
 * @throws Error of one line if it is missing
 */
export function moduleFolder(name: string): string {
  const folder = join(__dirname, 'modules', name);
  if (existsSync(folder)) return folder;
  throw new Error(`${folder} does not exist: make it with \`node --import tsx tools/crds/pin.ts\``);
}

/** What a Go module asks for, itself or through others, in the order of its go.mod. */
export function requirements(name: string): Requirement[] {
  const lines = readFileSync(join(moduleFolder(name), 'go.mod'), 'utf8').matchAll(
    /^\t(\S+) (v\S+)( \/\/ indirect)?$/gm,
  );
  return [...lines].map(([, module = '', version = '']) => ({ module, version }));
}

/**
 * Runs Go, or a program that calls Go, in the folder of a module. If the module needs a newer Go than the one on the PATH,
 * the go command downloads that from the module proxy, for this step alone.
 * @returns what it wrote to stdout
 * @throws Error of one line if the program is missing or fails, or if a newer Go cannot be downloaded
 */
export function run(folder: string, program: string, args: readonly string[]): string {
  const { error, status, stdout, stderr } = spawnSync(program, args, {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off', GOTOOLCHAIN: 'auto' },
  });
  if (error !== undefined && 'code' in error && error.code === 'ENOENT' && program === 'go') {
    throw new Error('go is not on the PATH: the Flux CRDs are made with Go, https://go.dev/doc/install');
  }
  if (error !== undefined) throw error;
  const [, toolchain] = /\bdownload (go1\.[\d.]+) for [^\n]*/.exec(stderr) ?? [];
  if (status !== 0 && toolchain !== undefined) {
    throw new Error(
      `${toolchain} cannot be downloaded: the CRDs of the newest Flux need it. Let the go command reach a module proxy (GOPROXY), or install ${toolchain} or newer from https://go.dev/dl`,
    );
  }
  if (status !== 0) throw new Error(`${program} ${args[0]} failed: ${stderr.trim().split('\n').at(-1)}`);
  return stdout;
}
