import { type Dirent, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { EggtoothError } from '../errors';
import { bundleFault } from './bundle-fault';
import { decodeText } from './manifest-text';

/** The name of standard input among the paths of a command. */
export const STANDARD_INPUT = '-';

/** A file with manifests. */
export interface ManifestFile {
  /** Path of the file for people: as it was named, or below the folder that was named. */
  readonly name: string;
  readonly text: string;
}

/**
 * Reads the files with manifests at some paths, each of them once. A folder stands for the `.yaml`, `.yml` and `.json`
 * files in it and its subfolders, sorted by path.
 *
 * @param paths - files, folders, or `-` for standard input
 * @throws EggtoothError `ERR_EGGTOOTH_BUNDLE`
 */
export function readManifestFiles(paths: readonly string[]): readonly ManifestFile[] {
  const seen = new Set<string>();
  return paths.flatMap((path) => readPath(path, seen));
}

/** A path for people. */
export function printPath(path: string): string {
  return path === STANDARD_INPUT ? 'standard input' : path;
}

function readPath(path: string, seen: Set<string>): ManifestFile[] {
  try {
    if (path === STANDARD_INPUT) {
      return isFirst(path, seen) ? [fileOf(printPath(path), readFileSync(0))] : [];
    }
    if (statSync(path).isDirectory()) return manifestsBelow(path, seen).flatMap((name) => readRegular(name, seen));
    return isFirst(realpathSync(path), seen) ? [fileOf(path, readFileSync(path))] : [];
  } catch (cause) {
    if (cause instanceof EggtoothError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') {
      throw bundleFault(
        `no such bundle: ${path}`,
        'run cdk8s synth, or name the file or folder with the manifests',
        cause,
      );
    }
    throw bundleFault(
      `cannot read the bundle: ${path} (${code})`,
      'check the permissions of the file or folder',
      cause,
    );
  }
}

/** The paths of a folder that look like manifests. Links to folders are followed, but no folder is read twice. */
function manifestsBelow(folder: string, seen: Set<string>): string[] {
  if (!isFirst(realpathSync(folder), seen)) return [];
  const found = readdirSync(folder, { withFileTypes: true })
    // The kubelet keeps the files of a mounted ConfigMap in a folder ..DATE, links ..data to it, and each file into that.
    .filter(({ name }) => !name.startsWith('..'))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (isFolder(entry, path)) return manifestsBelow(path, seen);
      return isManifest(entry.name) ? [path] : [];
    });
  return found.sort();
}

function isFolder(entry: Dirent, path: string): boolean {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function isManifest(name: string): boolean {
  return /\.(ya?ml|json)$/.test(name) && basename(name) !== 'construct-metadata.json';
}

/** Reads a file of a folder. A named pipe would wait for its writer indefinitely. */
function readRegular(name: string, seen: Set<string>): ManifestFile[] {
  const stats = statSync(name, { throwIfNoEntry: false });
  if (stats === undefined)
    throw bundleFault(`broken link: ${name}`, 'remove the link, or create the file that it leads to');
  if (!stats.isFile()) throw bundleFault(`not a regular file: ${name}`, 'take it out of the folder of the bundle');
  return isFirst(realpathSync(name), seen) ? [fileOf(name, readFileSync(name))] : [];
}

function fileOf(name: string, bytes: Buffer): ManifestFile {
  return { name, text: decodeText(bytes, name) };
}

function isFirst(path: string, seen: Set<string>): boolean {
  const { size } = seen;
  return seen.add(path).size > size;
}
