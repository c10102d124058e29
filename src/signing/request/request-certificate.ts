import type { Chain } from '../../chain/chain';
import { assertSignable } from '../../chain/rules/check';
import type { Cluster } from '../../cluster/cluster';
import { placeChain } from '../../cluster/place-objects';
import { EggtoothError } from '../../errors';
import { assertNoneRevoked } from '../generation/assert-not-revoked';
import { assertSameCluster } from '../verify/same-cluster';
import { type CsrOptions, chooseCredential } from './csr';
import { findRequest, nameForKey } from './find-request';
import { type KeyFile, noteRequested, readKeyFile, writeKeyFile } from './key-file';
import { goneError } from './read-request';
import type { RequestSummary } from './request-summary';
import { requestedDuration } from './requested-duration';
import { requestManifest, submitRequest } from './submit-request';

/** Options of {@link requestCertificate}. */
export interface RequestCertificateOptions extends CsrOptions {
  /** File for the private key: mode 0600, never overwritten. An existing key is reused. */
  readonly keyFile: string;
}

/** A request that {@link requestCertificate} created or found. */
export interface OpenRequest extends RequestSummary {
  /** Whether it existed before. */
  readonly unchanged: boolean;
}

/**
 * Creates a key and submits the request for its certificate; somebody else approves it ({@link reviewRequest}), and
 * {@link collectCertificate} completes it. The key is in its file before the cluster sees the request: whatever
 * interrupts a run, the same call with the same file completes it, and the key of a request is never lost.
 *
 * @example
 * ```ts
 * const { name, sha256 } = await requestCertificate(cluster, chain, { keyFile: 'tls.key' });
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_FILE`; `ERR_EGGTOOTH_OPTION` if the user is not a reader of the chain, the
 * duration is longer than the bundle's, or the file keeps another one;
 * `ERR_EGGTOOTH_CHAIN`; `ERR_EGGTOOTH_GENERATION` if the user was revoked; `ERR_EGGTOOTH_DENIED` or `ERR_EGGTOOTH_SIGNING_FAILED` if the request of the key was answered so;
 * any code of the {@link Cluster}
 */
export async function requestCertificate(
  cluster: Cluster,
  bundle: Chain,
  options: RequestCertificateOptions,
): Promise<OpenRequest> {
  const chain = placeChain(cluster, bundle);
  assertSignable(chain);
  const credential = chooseCredential(chain, options.user);
  const { user } = credential;
  const { keyFile } = options;
  await assertNoneRevoked(cluster, { credentials: [credential] });
  const existing = readKeyFile(keyFile);
  const duration = requestedDuration(credential, options.duration ?? existing?.duration);
  if (existing !== undefined) assertKept(existing, duration, keyFile);
  const open = existing && (await findRequest(cluster, [user], existing));
  if (open !== undefined) {
    if (existing?.requested === undefined) noteRequested(keyFile, open.name);
    return { ...open, unchanged: true };
  }
  await assertSameCluster(cluster, [credential]);
  const { createRequest, requestForKey } = await import('../../pki/create-request.js');
  const created = await (existing ? requestForKey(user, existing.key) : createRequest({ ...options, user }));
  const { privateKey } = created;
  try {
    if (existing === undefined) writeKeyFile(keyFile, privateKey, { duration });
    const name = nameForKey(user, privateKey);
    const { createdAt } = await submitRequest(cluster, requestManifest(created, { name, duration }));
    if (existing?.requested !== name) noteRequested(keyFile, name);
    const stored = await findRequest(cluster, [user], { key: privateKey, duration });
    if (stored === undefined) throw goneError(name, createdAt);
    return { ...stored, unchanged: false };
  } finally {
    privateKey.clear();
  }
}

/** The file of an existing key keeps a duration; another one would need another file. */
function assertKept({ duration }: KeyFile, wanted: number | undefined, keyFile: string): void {
  if (wanted === duration) return;
  const kept = duration === undefined ? 'without a duration' : `for ${duration} s`;
  throw new EggtoothError('ERR_EGGTOOTH_OPTION', `the key file was written ${kept}, not for ${wanted} s: ${keyFile}`, {
    fix: 'leave out --duration to complete that request, or choose a new file',
  });
}
