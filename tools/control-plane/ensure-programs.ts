import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { copyModule } from './copy-module';
import { goEnvironment } from './go-environment';
import { buildFlags, moduleFolder, type Program, type ProgramName, programs } from './programs';

const progressInterval = 30_000;

/**
 * Builds the programs that are missing in the cache, and returns the paths of all. Programs in the folder
 * `$KUBEBUILDER_ASSETS` take precedence. Prints to stderr if it has to build.
 *
 * @throws Error if Go is missing or a build fails, with the last lines of Go's output.
 */
export async function ensurePrograms<Name extends ProgramName>(names: readonly Name[]): Promise<Record<Name, string>> {
  const paths = Object.fromEntries(names.map((name) => [name, providedPath(name) ?? cachedPath(name)]));
  const missing = names.filter((name) => !existsSync(paths[name] as string));
  if (missing.length > 0 && process.env.EGGTOOTH_SANDBOX) {
    throw new Error(
      `${missing.join(', ')}: not built yet, and a sandbox has no network; ` +
        'run `node --import tsx tools/control-plane/build.ts` outside of it first',
    );
  }
  for (const [index, name] of missing.entries()) {
    await build(name, paths[name] as string, `${index + 1} of ${missing.length}`);
  }
  return paths as Record<Name, string>;
}

function providedPath(name: ProgramName): string | undefined {
  const assets = process.env.KUBEBUILDER_ASSETS;
  const path = assets && join(assets, name);
  return path && existsSync(path) ? path : undefined;
}

function cachedPath(name: ProgramName): string {
  const program: Program = programs[name];
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(cache, 'eggtooth', 'programs', `${program.family}-${fingerprint(program)}`, name);
}

function fingerprint(program: Program): string {
  const folder = moduleFolder(program);
  const hash = createHash('sha256').update(goVersion()).update(buildFlags(program).join('\0'));
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((name) => /(?<!_test)\.go$|go\.(mod|sum)$/.test(name)).sort()) {
    hash.update(`\0${file}\0`).update(readFileSync(join(folder, file)));
  }
  return hash.digest('hex').slice(0, 16);
}

let knownGoVersion: string | undefined;

function goVersion(): string {
  try {
    knownGoVersion ??= execFileSync('go', ['env', 'GOVERSION', 'GOOS', 'GOARCH'], {
      cwd: moduleFolder(programs.sandbox),
      encoding: 'utf8',
      env: goEnvironment,
    });
    return knownGoVersion;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new Error('`go` is not on the PATH: install Go 1.26 or newer (https://go.dev/dl), it builds the servers');
    }
    throw error;
  }
}

async function build(name: ProgramName, target: string, count: string): Promise<void> {
  const program: Program = programs[name];
  console.error(`building ${name} (${count}), about ${program.coldBuild} the first time ...`);
  const folder = join(target, '..');
  mkdirSync(folder, { recursive: true });
  const unfinished = mkdtempSync(join(folder, '.unfinished-'));
  const started = Date.now();
  const progress = setInterval(() => {
    console.error(`  still building ${name}, ${Math.round((Date.now() - started) / 1000)} s`);
  }, progressInterval);
  try {
    const folder = program.copy
      ? await copyModule(program.copy, moduleFolder(program), join(unfinished, 'module'))
      : moduleFolder(program);
    await go(['build', ...buildFlags(program), '-o', join(unfinished, name), program.package], folder);
    renameSync(join(unfinished, name), target);
  } finally {
    clearInterval(progress);
    rmSync(unfinished, { recursive: true, force: true });
  }
}

function go(args: string[], cwd: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('go', args, {
      cwd,
      env: goEnvironment,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let output = '';
    child.stderr.on('data', (data: Buffer) => {
      output = (output + data.toString()).slice(-10_000);
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) {
        resolve();
      } else {
        const lastLines = output.trim().split('\n').slice(-20).join('\n');
        reject(new Error(`go build ${args.at(-1)} ended with ${signal ?? `code ${code}`}:\n${lastLines}`));
      }
    });
  });
}
