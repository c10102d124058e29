import type { Chain } from '../chain/chain';
import type { Credential } from '../chain/credentials';
import { assertSignable } from '../chain/rules/check';
import type { Cluster } from '../cluster/cluster';
import { placeChain } from '../cluster/place-objects';
import { retrying } from '../cluster/retrying-cluster';
import { EggtoothError } from '../errors';
import { mapBounded } from './bounded';
import { waitForFlux } from './flux/wait-for-flux';
import { assertNotRevoked } from './generation/assert-not-revoked';
import type { IssueOptions } from './issue-options';
import { describeIssued, type IssueResult } from './issue-result';
import { Patience } from './patience';
import { assertPolicy } from './request/assert-policy';
import { requestedDuration } from './request/requested-duration';
import { ensureSecrets } from './secret/ensure-secrets';
import { readState, type State } from './secret/secret-state';

/** Options of {@link renew}. */
export interface RenewOptions extends IssueOptions {
  /**
   * Renew certificates that are not due too.
   * @default false
   */
  readonly force?: boolean;
  /**
   * Name of a ValidatingAdmissionPolicy without which nothing is done: see {@link assertPolicy}.
   * @default - none: the caller's rights are not checked
   */
  readonly policy?: string;
  /**
   * How long to wait for what a renewal needs, in milliseconds: the API server, the policy, permissions, the pod that serves
   * the charts, and Flux. Meanwhile, the same is tried again.
   * @default 0
   */
  readonly wait?: number;
  /** Called with each reason to wait that differs from the one before. */
  readonly onWait?: (reason: string) => void;
}

/** What {@link renew} did for one user: the contract of `eggtooth renew -o json`. */
export interface RenewResult extends IssueResult {
  /** Generation of the user: 1, and one more for each revocation. */
  readonly generation: number;
  /** `ca`: the Secrets have another CA, and the same certificate. */
  readonly result: 'renewed' | 'ca' | 'not-due';
  /** Why something was written; absent if nothing was. */
  readonly reason?: string;
  /** When the certificate will be due, RFC 3339; absent if something was written. */
  readonly renewAt?: string;
}

/** How many readers are renewed at the same time. */
const CONCURRENCY = 8;

/**
 * Renews the certificates of all readers of some chains that are due: after 70 to 90 % of their duration, at a share that
 * is derived from the uid of the Secret; or because a Secret is missing, invalid or different from the others, its certificate
 * is valid for longer than the bundle states, or the API server does not accept it any longer. If only the CA of an endpoint has changed, the Secrets get the new CA
 * and keep their certificate. For a reader that is not due, nothing is written.
 *
 * Each renewal creates a new key, and what is not verified is not written. The old certificate stays valid, so Flux can
 * read all the while. A renewal ends when
 * Flux has read with the new certificate: look at {@link IssueResult.checks}.
 *
 * @param bundles - chains of this cluster, renewed concurrently
 * @example
 * ```ts
 * const results = await renew(await clusterFromKubeconfig(), [Chain.fromObjects(readBundle('dist'))]);
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_CHAIN`, `ERR_EGGTOOTH_OPTION` if the duration is longer than the bundle's,
 * `ERR_EGGTOOTH_POLICY`,
 * `ERR_EGGTOOTH_GENERATION` if a user was revoked, `ERR_EGGTOOTH_FOREIGN`, `ERR_EGGTOOTH_VERIFICATION`, any other code of a step;
 * of several failures the first one, after all other readers are done
 */
export async function renew(
  cluster: Cluster,
  bundles: readonly Chain[],
  options: RenewOptions = {},
): Promise<readonly RenewResult[]> {
  const chains = bundles.map((bundle) => placeChain(cluster, bundle));
  for (const chain of chains) assertSignable(chain);
  const credentials = chains.flatMap((chain) => chain.credentials);
  for (const credential of credentials) requestedDuration(credential, options.duration);
  const patience = new Patience(options);
  const settled = await mapBounded(credentials, CONCURRENCY, (credential) =>
    patience.retry(async () => {
      const { policy, duration } = options;
      if (policy !== undefined) await assertPolicy(cluster, { policy, chains, duration });
      return renewOne(cluster, credential, options, patience);
    }),
  );
  const failures = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  if (failures.length > 0) throw summarize(failures, credentials.length);
  return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}

function summarize(failures: readonly unknown[], count: number): unknown {
  const [first] = failures;
  if (failures.length === 1 || !(first instanceof EggtoothError)) return first;
  const { code, problem, fix, object, status, retryable } = first;
  return new EggtoothError(code, `${failures.length} of ${count} readers are not renewed; the first: ${problem}`, {
    fix,
    object,
    status,
    retryable,
    cause: first,
  });
}

async function renewOne(
  cluster: Cluster,
  credential: Credential,
  options: RenewOptions,
  patience: Patience,
): Promise<RenewResult> {
  const { user, generation } = credential;
  const { timeout: answerTimeout = 30_000, now, onProgress = () => {}, force = false } = options;
  const timeout = Math.max(answerTimeout, patience.left);
  const patient = retrying(cluster, timeout, onProgress);
  onProgress(`${user}: reading the Secrets`);
  const found = await readState(patient, credential, now);
  const state = force ? forced(found) : found;
  const { current, outdatedCa, renewAt } = state;
  if (current !== undefined && outdatedCa === undefined) {
    const result = { ...describeIssued(credential, current), generation, checks: [], warnings: [], unchanged: true };
    current.privateKey.clear();
    return { ...result, result: 'not-due', renewAt: renewAt?.toISOString() };
  }
  await assertNotRevoked(patient, credential, found.secrets);
  const ensure = {
    ...options,
    timeout: answerTimeout,
    onProgress,
    ...patience.verification(options.duration ?? credential.duration),
  };
  const written = await ensureSecrets(patient, credential, state, ensure);
  try {
    onProgress(`${user}: waiting until Flux has read with it`);
    const [flux] = await Promise.all([waitForFlux(patient, credential, { timeout }), written.deleteReplacedRequests()]);
    return {
      ...describeIssued(credential, written.issued),
      generation,
      result: current === undefined ? 'renewed' : 'ca',
      reason: state.due ?? outdatedCa,
      checks: [...written.checks, ...flux],
      warnings: written.warnings,
      unchanged: false,
    };
  } finally {
    written.close();
  }
}

function forced({ current, ...state }: State): State {
  current?.privateKey.clear();
  return { ...state, due: state.due ?? 'it was forced' };
}
