import type { Chain } from '../chain/chain';
import type { Credential } from '../chain/credentials';
import { assertSignable } from '../chain/rules/check';
import type { Cluster } from '../cluster/cluster';
import { retrying } from '../cluster/retrying-cluster';
import { EggtoothError } from '../errors';
import { mapBounded } from './bounded';
import { fluxReads } from './flux/wait-for-flux';
import { assertNotRevoked } from './generation/assert-not-revoked';
import { readBindings } from './generation/bindings';
import { describe, type IssueResult } from './issue';
import type { IssueOptions } from './issue-options';
import { place } from './secret/ensure-secrets';
import { readState, type State } from './secret/secret-state';

/** How certificates are renewed. */
export interface RenewOptions extends IssueOptions {
  /**
   * Renew whether it is due or not.
   * @default false
   */
  readonly force?: boolean;
}

/** What {@link renew} did for one user: the contract of `eggtooth renew -o json`. */
export interface RenewResult extends IssueResult {
  /** Which user of that name it is: 1, and one more for each revocation. */
  readonly generation: number;
  /** `ca`: the certificate stands, and the Secrets have another CA now. */
  readonly result: 'renewed' | 'ca' | 'not-due';
  /** Why something was written. */
  readonly reason?: string;
  /** When it will be due, RFC 3339; told if nothing was. */
  readonly renewAt?: string;
}

/** How many readers are renewed at once. */
const AT_ONCE = 8;

/**
 * Renews the certificates of all readers of some chains where that is due: after 70 to 90 % of duration, at a point that the
 * uid of the Secret fixes; or because a Secret is missing, not good, or not like the others. If only the CA of the
 * endpoint has changed, the Secrets take it up with the certificate that they hold. What is not due costs reads alone.
 *
 * Each time the key is new. The old certificate stays good until its end, so Flux can read all the while; at the end of a
 * renewal Flux has been seen reading: look at {@link IssueResult.checks}.
 *
 * @param chains - chains of this cluster; several are renewed side by side
 * @example
 * ```ts
 * const results = await renew(await clusterFromKubeconfig(), [Chain.fromObjects(readBundle('dist'))]);
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_CHAIN`, `ERR_EGGTOOTH_GENERATION` if a user was revoked, any other code of a step;
 * of several failures the first, after all others are done
 */
export async function renew(
  cluster: Cluster,
  chains: readonly Chain[],
  options: RenewOptions = {},
): Promise<readonly RenewResult[]> {
  for (const chain of chains) assertSignable(chain);
  const credentials = chains.flatMap((chain) => chain.credentials);
  const settled = await mapBounded(credentials, AT_ONCE, (credential) => renewOne(cluster, credential, options));
  const failures = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  if (failures.length > 0) throw summaryOf(failures, credentials.length);
  return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}

function summaryOf(failures: readonly unknown[], count: number): unknown {
  const [first] = failures;
  if (failures.length === 1 || !(first instanceof EggtoothError)) return first;
  const problem = `${failures.length} of ${count} readers are not renewed; the first: ${first.problem}`;
  return new EggtoothError(first.code, problem, { fix: first.fix, object: first.object, cause: first });
}

async function renewOne(cluster: Cluster, credential: Credential, options: RenewOptions): Promise<RenewResult> {
  const { user, generation } = credential;
  const { timeout = 30_000, now = () => new Date(), onProgress = () => {}, force = false } = options;
  const again = retrying(cluster, timeout, onProgress);
  onProgress(`${user}: looking at what stands`);
  const found = await readState(again, credential, now());
  assertNotRevoked(credential, found.secrets);
  const state = force ? forced(found) : found;
  const { current, outdatedCa, renewAt } = state;
  if (current !== undefined && outdatedCa === undefined) {
    const result = { ...describe(credential, current), generation, checks: [], unchanged: true };
    current.privateKey.clear();
    return { ...result, result: 'not-due', renewAt: renewAt?.toISOString() };
  }
  assertNotRevoked(credential, await readBindings(again, credential));
  const placed = await place(again, credential, state, { ...options, timeout, onProgress });
  try {
    onProgress(`${user}: waiting until Flux has read with it`);
    const [reading, flux] = await Promise.all([
      placed.verifier.reading(),
      fluxReads(again, credential, timeout),
      placed.tidy(),
    ]);
    return {
      ...describe(credential, placed.issued),
      generation,
      result: current === undefined ? 'renewed' : 'ca',
      reason: state.due ?? outdatedCa,
      checks: [...placed.identity, ...reading, ...flux],
      unchanged: false,
    };
  } finally {
    placed.close();
  }
}

function forced({ current, ...state }: State): State {
  current?.privateKey.clear();
  return { ...state, due: state.due ?? 'it was asked for' };
}
