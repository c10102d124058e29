import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { run } from './go-module';

/**
 * A folder outside the checkout, filled once a machine: one for each content of the files and each version of Go.
 *
 * @param files what the content of the folder depends on
 * @param fill makes the content in the folder that it is given: a run that breaks off leaves none that looks complete
 */
export function cached(name: string, files: readonly string[], fill: (folder: string) => void): string {
  const { XDG_CACHE_HOME: given = '' } = process.env;
  const hash = createHash('sha256').update(run(__dirname, 'go', ['version']));
  for (const file of files) hash.update(`\0${readFileSync(file)}`);
  const root = join(isAbsolute(given) ? given : join(homedir(), '.cache'), 'eggtooth');
  const folder = join(root, `${name}-${hash.digest('hex').slice(0, 16)}`);
  if (!existsSync(folder)) fillOnce(folder, fill);
  return folder;
}

function fillOnce(folder: string, fill: (folder: string) => void): void {
  mkdirSync(dirname(folder), { recursive: true });
  const unfinished = mkdtempSync(`${folder}.`);
  try {
    fill(unfinished);
    renameSync(unfinished, folder);
  } catch (error) {
    // Another process may have been faster.
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}
