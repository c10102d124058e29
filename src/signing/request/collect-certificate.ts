import type { Chain } from '../../chain/chain';
import { assertSignable } from '../../chain/rules/check';
import type { Cluster } from '../../cluster/cluster';
import { EggtoothError } from '../../errors';
import { check } from '../../pki/check-certificate';
import { assertNotRevoked } from '../generation/assert-not-revoked';
import { type IssueResult, verify } from '../issue';
import { put } from '../secret/ensure-secrets';
import { secretFrame } from '../secret/secret';
import { readState } from '../secret/secret-state';
import { write } from '../secret/write-secrets';
import { findRequest, nameForKey } from './find-request';
import { readKeyFile } from './key-file';
import { goneError } from './read-request';
import { collect } from './wait-for-certificate';

/** How the certificate of an approved request is collected. */
export interface CollectOptions {
  /** File with the private key that the request was made with. */
  readonly keyFile: string;
  /**
   * Name of the request.
   * @default - the one that {@link requestCertificate} gave it
   */
  readonly name?: string;
  /**
   * How long to wait for the signer, once it is approved, and for each answer of the checks, in milliseconds.
   * @default 30000
   */
  readonly timeout?: number;
  /** Is told what is being done. */
  readonly onProgress?: (step: string) => void;
}

/**
 * Collects the certificate of a request that somebody else has approved: checks it, writes the Secrets, nudges, proves. Of
 * a request that nobody has approved yet it says so at once. Done again, it changes nothing.
 *
 * @example
 * ```ts
 * const { user, checks } = await collectCertificate(cluster, chain, { keyFile: 'tls.key' });
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_FILE`, `ERR_EGGTOOTH_NOT_APPROVED`, `ERR_EGGTOOTH_REQUEST_DELETED`,
 * `ERR_EGGTOOTH_REQUEST_EXPIRED`, `ERR_EGGTOOTH_REQUEST_CHANGED` if the request is for another key, and any other code of
 * a step
 */
export async function collectCertificate(
  cluster: Cluster,
  chain: Chain,
  { keyFile, name, timeout = 30_000, onProgress = () => {} }: CollectOptions,
): Promise<IssueResult> {
  assertSignable(chain);
  const file = readKeyFile(keyFile);
  if (file === undefined) throw noKey(keyFile);
  const { key, writtenAt } = file;
  try {
    const users = chain.credentials.map(({ user }) => user);
    const summary = await findRequest(cluster, users, key, name);
    const credential = chain.credentials.find(({ user }) => user === summary?.user);
    const [first = ''] = users;
    if (summary === undefined || credential === undefined) {
      throw goneError(name ?? nameForKey(first, key), writtenAt.toISOString());
    }
    const { user, algorithm, expirationSeconds, uid } = summary;
    onProgress(`${user}: collecting ${summary.name}`);
    const pem = await collect(cluster, summary, summary.state === 'pending' ? 0 : timeout);
    const certificate = check(pem, { user, privateKey: key.toKeyObject(), expirationSeconds });
    const state = await readState(cluster, credential, new Date());
    assertNotRevoked(credential, state.secrets);
    const { current } = state;
    const stands = current?.certificate.fingerprint === certificate.fingerprint;
    // Whether all of it may be written, before any of it is.
    if (!stands) await write(cluster, credential, secretFrame, { dryRun: true });
    const issued = stands ? current : { certificate, algorithm, privateKey: key, csr: { name: summary.name, uid } };
    const placed = await put(cluster, credential, issued, state, { timeout, onProgress });
    return await verify(credential, placed, onProgress);
  } finally {
    key.clear();
  }
}

function noKey(keyFile: string): EggtoothError {
  return new EggtoothError('ERR_EGGTOOTH_FILE', `there is no key file ${keyFile}`, {
    fix: 'name the file that eggtooth request wrote; without it the certificate is of no use: request anew',
  });
}
