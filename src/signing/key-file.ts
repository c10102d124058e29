import { closeSync, constants, fsyncSync, openSync, writeSync } from 'node:fs';
import { EggtoothError } from '../errors';
import type { PrivateKey } from './private-key';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;

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
        cure: exists
          ? 'name another file: a key is never overwritten'
          : 'name a file in a folder that exists and is yours',
        cause,
      },
    );
  }
}
