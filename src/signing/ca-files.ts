import { readFileSync } from 'node:fs';
import { EggtoothError } from '../errors';
import { readCaCertificates } from '../pki/ca-pem';
import { readOwnFile } from './request/own-file';
import type { SignOptions } from './sign';

/** The files of a CA, as paths. */
export interface CaFiles {
  /** Certificates, PEM, such as `/etc/kubernetes/pki/ca.crt`. */
  readonly certificate: string;
  /** Private key, PEM, such as `/etc/kubernetes/pki/ca.key`. */
  readonly key: string;
}

/**
 * Reads the files of a CA for {@link sign}. The file of the key must be the caller's, a regular file with one name, and
 * readable by its owner only, as kubeadm writes it.
 *
 * @example
 * ```ts
 * const ca = readCaFiles({ certificate: 'ca.crt', key: 'ca.key' });
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_FILE` if a file cannot be read, or others may read the key; `ERR_EGGTOOTH_CA` if the
 * certificates are not PEM
 */
export function readCaFiles({ certificate, key }: CaFiles): Pick<SignOptions, 'caCertificate' | 'caKey'> {
  const caCertificate = readCertificates(certificate);
  // A certificate may be readable by others, so this tells first if the two were exchanged.
  readCaCertificates(caCertificate);
  const file = readOwnFile(key);
  if (file === undefined) throw missing(`the file of the CA key does not exist: ${key}`);
  if (file.problem === undefined) return { caCertificate, caKey: file.text };
  throw new EggtoothError('ERR_EGGTOOTH_FILE', `the file of the CA key ${file.problem}: ${key}`, {
    fix: `let it be yours, with one name, and readable by you only: chmod 600 FILE, or a copy of it: (umask 077; cat FILE > ca.key)`,
  });
}

function readCertificates(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw missing(`the file of the CA certificate does not exist: ${path}`);
    throw new EggtoothError('ERR_EGGTOOTH_FILE', `the file of the CA certificate cannot be read (${code}): ${path}`, {
      fix: 'name a file that you may read',
      cause,
    });
  }
}

function missing(problem: string): EggtoothError {
  return new EggtoothError('ERR_EGGTOOTH_FILE', problem, { fix: 'name an existing file' });
}
