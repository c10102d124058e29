import { createPublicKey } from 'node:crypto';
import { closeSync, constants, fstatSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { EggtoothError } from '../../errors';
import { PrivateKey } from '../../pki/private-key';
import { readPublicKey } from '../../pki/public-key';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants;

/**
 * Writes a private key to a new file that its owner alone may read (0600). An existing file stays as it is.
 * @throws EggtoothError `ERR_EGGTOOTH_FILE`
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
      `the key file ${path} ${exists ? 'exists already' : `cannot be written (${code})`}`,
      {
        fix: exists
          ? 'name another file: a key is never overwritten'
          : 'name a file in a folder that exists and is yours',
        cause,
      },
    );
  }
}

/** A private key as a file holds it. */
export interface KeyFile {
  readonly key: PrivateKey;
  /** When it was written. */
  readonly writtenAt: Date;
}

/**
 * Reads a private key that {@link writeKeyFile} wrote. A file that others may read is refused, and so is a key that no
 * certificate is made for.
 * @returns `undefined` if there is no such file
 * @throws EggtoothError `ERR_EGGTOOTH_FILE`
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
  if ((mode & constants.S_IFMT) !== constants.S_IFREG) throw unusable(path, 'is no file');
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
  return new EggtoothError('ERR_EGGTOOTH_FILE', `the key file ${path} ${problem}`, {
    fix: 'name a new file, or the one that eggtooth request wrote, which its owner alone may read (chmod 600)',
  });
}
