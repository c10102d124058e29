import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/** What is in a file of the caller's, or why others may have read or written it, as the end of a sentence. */
export type OwnFile =
  | { readonly text: string; readonly writtenAt: Date; readonly problem?: never }
  | { readonly problem: string };

/**
 * Reads a file with a private key: the caller's, a regular file with one name, and readable by its owner only.
 * @returns `undefined` if it does not exist
 */
export function readOwnFile(path: string): OwnFile | undefined {
  try {
    // A named pipe would keep an ordinary open waiting for its writer.
    const file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      const stats = fstatSync(file);
      const problem = problemOf(stats);
      return problem === undefined ? { text: readFileSync(file, 'utf8'), writtenAt: stats.mtime } : { problem };
    } finally {
      closeSync(file);
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    return { problem: code === 'ELOOP' ? 'is a symbolic link' : `cannot be read (${code})` };
  }
}

/** Why others may have read the key, or may replace it. */
function problemOf(stats: Stats): string | undefined {
  if (!stats.isFile()) return 'is not a regular file';
  // Windows has no such owner.
  if (process.getuid !== undefined && stats.uid !== process.getuid()) return 'belongs to somebody else';
  if (stats.nlink > 1) return `has ${stats.nlink} names (hard links)`;
  return (stats.mode & 0o077) === 0 ? undefined : 'may be read by others than its owner';
}
