import { execFile } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { goEnvironment } from './go-environment';
import type { ModuleCopy } from './programs';

/**
 * Copies a module that the go.mod in a folder pins, and adds its missing files. The copy has its own go.mod and go.sum,
 * which the checksum in the folder's go.sum covers.
 *
 * @returns the folder of the copy
 */
export async function copyModule({ module, emptyFiles }: ModuleCopy, folder: string, target: string): Promise<string> {
  const options = { cwd: folder, env: goEnvironment };
  const { stdout } = await promisify(execFile)('go', ['mod', 'download', '-json', module], options);
  cpSync(JSON.parse(stdout).Dir, target, { recursive: true });
  makeWritable(target);
  for (const path of emptyFiles.map((file) => join(target, file))) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, '');
  }
  return target;
}

/** Folders in Go's module cache are read-only, and so are their copies, which only root could change and remove. */
function makeWritable(folder: string): void {
  chmodSync(folder, 0o700);
  for (const entry of readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
    makeWritable(join(folder, entry.name));
  }
}
