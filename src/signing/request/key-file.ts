import { createPublicKey } from 'node:crypto';
import { closeSync, constants, fstatSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { EggtoothError } from '../../errors';
import { PrivateKey } from '../../pki/private-key';
import { readPublicKey } from '../../pki/public-key';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants;

/**
 * Writes a private key to a new file that only its owner may read (0600).
 *
 * @example
 * ```ts
 * writeKeyFile('tls.key', privateKey);
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_FILE` if the file exists or cannot be written
 */
export function writeKeyFile(path: string, key: PrivateKey): void {
  try {
    const file = openSync(path, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, 0o600);
    try {
      writeSync(file, key.revealPem());
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const exists = code === 'EEXIST' || code === 'ELOOP';
    throw new EggtoothError(
      'ERR_EGGTOOTH_FILE',
      exists ? `the key file exists already: ${path}` : `the key file cannot be written (${code}): ${path}`,
      {
        fix: exists
          ? 'choose another file: a key is never overwritten'
          : 'choose a file in an existing folder that you may write to',
        cause,
      },
    );
  }
}

/** A private key that was read from a file. */
export interface KeyFile {
  readonly key: PrivateKey;
  /** When the file was written. */
  readonly writtenAt: Date;
}

/**
 * Reads a private key that {@link writeKeyFile} wrote.
 * @returns `undefined` if the file does not exist
 * @throws EggtoothError `ERR_EGGTOOTH_FILE` if others may read the file, or no certificate may be issued for the key
 */
export function readKeyFile(path: string): KeyFile | undefined {
  try {
    const file = openSync(path, O_RDONLY | O_NOFOLLOW);
    try {
      return keyOf(path, file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (error instanceof EggtoothError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw unusable(path, code === 'ELOOP' ? 'is a symbolic link' : `cannot be read (${code})`);
  }
}

function keyOf(path: string, file: number): KeyFile {
  const { mode, mtime } = fstatSync(file);
  if ((mode & constants.S_IFMT) !== constants.S_IFREG) throw unusable(path, 'is not a regular file');
  if ((mode & 0o077) !== 0) throw unusable(path, 'may be read by others than its owner');
  const key = parseKey(readFileSync(file, 'utf8'));
  if (key === undefined) throw unusable(path, 'holds no private key in PEM');
  const { fault } = readPublicKey(createPublicKey(key.toKeyObject()).export({ format: 'der', type: 'spki' }));
  if (fault !== undefined) throw unusable(path, `holds ${fault}`);
  return { key, writtenAt: mtime };
}

function parseKey(pem: string): PrivateKey | undefined {
  try {
    return PrivateKey.fromPem(pem);
  } catch {
    return undefined;
  }
}

function unusable(path: string, problem: string): EggtoothError {
  return new EggtoothError('ERR_EGGTOOTH_FILE', `the key file ${problem}: ${path}`, {
    fix: 'choose a new file, or the one that eggtooth request wrote, which only its owner may read (chmod 600)',
  });
}
