import type { Chain } from '../../chain/chain';
import { assertSignable } from '../../chain/rules/check';
import type { Cluster } from '../../cluster/cluster';
import { EggtoothError, isError } from '../../errors';
import { type RequestSummary, summarize } from './request-summary';
import { requestPath, requestReference } from './submit-request';

/** What the one who approves knows of the request. */
export interface ReviewOptions {
  /**
   * SHA-256 of the request that is meant, lower-case hex, as its maker was told it.
   * @default - any: the caller compares
   */
  readonly expect?: string;
  /**
   * Longest duration that is approved, in seconds.
   * @default - any
   */
  readonly expirationSeconds?: number;
}

/**
 * Reads a request that somebody else made, and checks all that it asks for against the chain. Needs no key, and no right
 * beyond `get` on it. {@link approve} then approves exactly what was returned.
 *
 * @example
 * ```ts
 * const reviewed = await reviewRequest(cluster, chain, 'assets-reader-1f2e3d4c5b', { expect });
 * await approve(cluster, reviewed, { users: [reviewed.user] });
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_REQUEST`, `ERR_EGGTOOTH_REQUEST_CHANGED` if it is not the expected one,
 * `ERR_EGGTOOTH_NOT_FOUND`, `ERR_EGGTOOTH_DENIED`, `ERR_EGGTOOTH_SIGNING_FAILED`, or `ERR_EGGTOOTH_CHAIN`
 */
export async function reviewRequest(
  cluster: Cluster,
  chain: Chain,
  name: string,
  { expect, expirationSeconds }: ReviewOptions = {},
): Promise<RequestSummary> {
  assertSignable(chain);
  const object = requestReference({ name });
  const call = { purpose: 'read the request', method: 'GET', path: requestPath({ name }), object } as const;
  const found = await cluster.call(call).catch((error: unknown) => {
    throw isError(error, 'ERR_EGGTOOTH_NOT_FOUND') ? unknown(name) : error;
  });
  const users = chain.credentials.map(({ user }) => user);
  const { summary } = summarize(found, name, { users, expirationSeconds });
  if (expect === undefined || expect === summary.sha256) return summary;
  throw new EggtoothError(
    'ERR_EGGTOOTH_REQUEST_CHANGED',
    `is not the request that is expected: its SHA-256 is ${summary.sha256}; it was not approved`,
    { fix: 'ask its maker, on another way than the cluster, what eggtooth request printed', object },
  );
}

function unknown(name: string): EggtoothError {
  return new EggtoothError('ERR_EGGTOOTH_NOT_FOUND', 'there is no request of this name', {
    fix: 'ask its maker for the name; the cluster clears a request away 1 h after its answer, or after 24 h without',
    object: requestReference({ name }),
  });
}
