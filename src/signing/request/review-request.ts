import type { Chain } from '../../chain/chain';
import { assertSignable } from '../../chain/rules/check';
import type { Cluster } from '../../cluster/cluster';
import { ClusterObjects } from '../../cluster/cluster-objects';
import { placeChain } from '../../cluster/place-objects';
import { EggtoothError } from '../../errors';
import { requestReference } from '../../pki/certificate-signing-request';
import { type RequestSummary, summarizeRequest } from './request-summary';
import { requestedDuration } from './requested-duration';

/** Options of {@link reviewRequest}: what the approver knows of the request. */
export interface ReviewOptions {
  /** Name of the CertificateSigningRequest. */
  readonly name: string;
  /**
   * {@link RequestSummary.sha256} as its creator was told it.
   * @default - any: the caller compares it
   */
  readonly expect?: string;
  /**
   * Longest duration to approve, in seconds.
   * @default - the bundle's; if it states none, any
   */
  readonly duration?: number;
}

/**
 * Reads a request that somebody else created, and checks everything that it asks for against the chain. It needs no key,
 * and no right but `get` on the request. {@link approveRequest} then approves exactly what was returned.
 *
 * @example
 * ```ts
 * const reviewed = await reviewRequest(cluster, chain, { name: 'assets-reader-1f2e3d4c5b', expect });
 * await approveRequest(cluster, reviewed, { users: [reviewed.user] });
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_REQUEST`; `ERR_EGGTOOTH_REQUEST_CHANGED` if it is not the expected one;
 * `ERR_EGGTOOTH_OPTION` if the duration is longer than the bundle's; `ERR_EGGTOOTH_NOT_FOUND`; `ERR_EGGTOOTH_DENIED`;
 * `ERR_EGGTOOTH_SIGNING_FAILED`; `ERR_EGGTOOTH_CHAIN`; any code of the {@link Cluster}
 */
export async function reviewRequest(
  cluster: Cluster,
  bundle: Chain,
  { name, expect, duration }: ReviewOptions,
): Promise<RequestSummary> {
  const chain = placeChain(cluster, bundle);
  assertSignable(chain);
  const object = requestReference({ name });
  const found = await new ClusterObjects(cluster).get(object, { purpose: 'read the request' });
  if (found === undefined) {
    throw new EggtoothError('ERR_EGGTOOTH_NOT_FOUND', 'there is no request of this name', {
      fix: 'ask its creator for the name; the cluster deletes a request 1 h after its answer, or 24 h after its creation',
      object,
    });
  }
  const { user } = summarizeRequest(found, { users: chain.credentials.map((one) => one.user) }).summary;
  const longest = requestedDuration({ user, ...chain.credentials.find((one) => one.user === user) }, duration);
  const { summary } = summarizeRequest(found, { users: [user], duration: longest });
  if (expect === undefined || expect === summary.sha256) return summary;
  throw new EggtoothError(
    'ERR_EGGTOOTH_REQUEST_CHANGED',
    `is not the expected request: its SHA-256 is ${summary.sha256}; it was not approved`,
    {
      fix: 'ask its creator, by other means than the cluster, what eggtooth request printed: somebody may have created the same request again, with another duration for example',
      object,
    },
  );
}
