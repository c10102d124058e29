import { createPublicKey } from 'node:crypto';
import { closeSync, constants, fsyncSync, openSync, writeSync } from 'node:fs';
import { EggtoothError } from '../../errors';
import { PrivateKey } from '../../pki/private-key';
import { readPublicKey } from '../../pki/public-key';
import { readOwnFile } from './own-file';

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;

/** The line above the key that keeps the duration. RFC 7468 allows explanatory text there, which other tools ignore. */
const DURATION = /^expirationSeconds: (\d{1,10})$/m;

/** The line below the key that keeps the name of its request, once the cluster has it. */
const REQUESTED = /^requested: (\S+)$/m;

/** Options of {@link writeKeyFile}. */
export interface KeyFileOptions {
  /**
   * Duration that a certificate for the key is requested for, in seconds. The file keeps it, so that
   * {@link collectCertificate} notices if somebody has asked for another one in the meantime.
   * @default - none: the duration is left to the cluster
   */
  readonly duration?: number;
}

/**
 * Writes a private key to a new file that only its owner may read (0600).
 *
 * @example
 * ```ts
 * writeKeyFile('tls.key', privateKey, { duration: 86_400 });
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_FILE` if the file exists or cannot be written
 */
export function writeKeyFile(path: string, key: PrivateKey, { duration }: KeyFileOptions = {}): void {
  try {
    const file = openSync(path, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, 0o600);
    try {
      const note = duration === undefined ? '' : `expirationSeconds: ${duration}\n`;
      writeSync(file, `${note}${key.revealPem()}`);
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

/**
 * Notes in the file of a key that the cluster has its request.
 * @throws EggtoothError `ERR_EGGTOOTH_FILE`
 */
export function noteRequested(path: string, name: string): void {
  try {
    const file = openSync(path, O_APPEND | O_NOFOLLOW | O_WRONLY);
    try {
      writeSync(file, `requested: ${name}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new EggtoothError('ERR_EGGTOOTH_FILE', `the key file cannot be written (${code}): ${path}`, {
      fix: 'solve that, and run the command again: it finds the request',
      cause,
    });
  }
}

/** A private key that was read from a file. */
export interface KeyFile {
  readonly key: PrivateKey;
  /** Duration that its certificate was requested for, in seconds; absent if that was left to the cluster. */
  readonly duration?: number;
  /** Name of its request, if the cluster has had one; a request that was made with kubectl is not known. */
  readonly requested?: string;
  /** When the file was written. */
  readonly writtenAt: Date;
}

/**
 * Reads a private key that {@link writeKeyFile} wrote.
 * @returns `undefined` if the file does not exist
 * @throws EggtoothError `ERR_EGGTOOTH_FILE` if the file may belong to or be read by others, or no certificate may be
 * issued for the key
 */
export function readKeyFile(path: string): KeyFile | undefined {
  const file = readOwnFile(path);
  if (file === undefined) return undefined;
  if (file.problem !== undefined) throw unusable(path, file.problem);
  const { text, writtenAt } = file;
  const key = parseKey(text);
  if (key === undefined) throw unusable(path, 'holds no private key in PEM');
  const { fault } = readPublicKey(createPublicKey(key.toKeyObject()).export({ format: 'der', type: 'spki' }));
  if (fault !== undefined) throw unusable(path, `holds ${fault}`);
  const [, duration] = DURATION.exec(text) ?? [];
  const [, requested] = REQUESTED.exec(text) ?? [];
  return {
    key,
    writtenAt,
    ...(duration !== undefined && { duration: Number(duration) }),
    ...(requested !== undefined && { requested }),
  };
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
    fix: 'choose a new file, or the one that eggtooth request wrote: yours, with one name, and readable by you only (chmod 600)',
  });
}
