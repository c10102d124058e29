import type { Chain } from '../../chain/chain';
import { assertSignable } from '../../chain/rules/check';
import type { Cluster } from '../../cluster/cluster';
import { chooseUser } from './choose-user';
import type { CsrOptions } from './csr';
import { findRequest, nameForKey } from './find-request';
import { readKeyFile, writeKeyFile } from './key-file';
import { goneError } from './read-request';
import type { RequestSummary } from './request-summary';
import { requestManifest, submit } from './submit-request';

/** How a request is made for which somebody else's approval is awaited. */
export interface RequestCertificateOptions extends CsrOptions {
  /** File for the private key: 0600, and never overwritten. If it holds a key already, the request of that key is meant. */
  readonly keyFile: string;
}

/** A request that waits for its approval. */
export interface OpenRequest extends RequestSummary {
  /** Whether it was in the cluster before. */
  readonly unchanged: boolean;
}

/**
 * Makes a key and registers the request for its certificate; somebody else approves it ({@link reviewRequest}), and
 * {@link collectCertificate} ends it. The key is in its file before the cluster hears of it: whatever breaks off, the same
 * call with the same file goes on from there, and a key of which there is a request is never lost.
 *
 * @example
 * ```ts
 * const { name, sha256 } = await requestCertificate(cluster, chain, { keyFile: 'tls.key' });
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_FILE`, `ERR_EGGTOOTH_OPTION` if the user is none of the chain's,
 * `ERR_EGGTOOTH_CHAIN`, `ERR_EGGTOOTH_DENIED` or `ERR_EGGTOOTH_SIGNING_FAILED` if it has been answered so
 */
export async function requestCertificate(
  cluster: Cluster,
  chain: Chain,
  options: RequestCertificateOptions,
): Promise<OpenRequest> {
  assertSignable(chain);
  const user = chooseUser(chain, options.user);
  const { keyFile, expirationSeconds } = options;
  const there = readKeyFile(keyFile);
  const open = there && (await findRequest(cluster, [user], there.key));
  if (open !== undefined) return { ...open, unchanged: true };
  const { createRequest, requestForKey } = await import('../../pki/create-request.js');
  const made = await (there === undefined ? createRequest({ ...options, user }) : requestForKey(user, there.key));
  try {
    if (there === undefined) writeKeyFile(keyFile, made.privateKey);
    const name = nameForKey(user, made.privateKey);
    const { createdAt } = await submit(cluster, requestManifest(made, expirationSeconds, name));
    const stored = await findRequest(cluster, [user], made.privateKey);
    if (stored === undefined) throw goneError(name, createdAt);
    return { ...stored, unchanged: false };
  } finally {
    made.privateKey.clear();
  }
}
