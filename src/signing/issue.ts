import type { Chain } from '../chain/chain';
import type { Credential } from '../chain/credentials';
import { assertSignable } from '../chain/rules/check';
import type { Cluster } from '../cluster/cluster';
import { assertNotRevoked } from './generation/assert-not-revoked';
import { readBindings } from './generation/bindings';
import type { IssueOptions } from './issue-options';
import { type IssueResult, verifyWritten } from './issue-result';
import { requestedDuration } from './request/requested-duration';
import { ensureSecrets } from './secret/ensure-secrets';
import { readState } from './secret/secret-state';

/**
 * Gives every reader of a chain its certificate: request, approve, collect, check, write, reconcile, verify. Nothing is
 * done for a reader whose Secrets are as they must be. An interrupted run is completed by the next. Before a request is
 * created, the API server is asked by dry run whether everything may be written.
 *
 * A check that fails does not throw: look at {@link IssueResult.checks}.
 *
 * @example
 * ```ts
 * const chain = Chain.fromObjects(readBundle('dist'));
 * const [result] = await issue(await clusterFromKubeconfig(), chain);
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_CHAIN` if the chain breaks a rule, `ERR_EGGTOOTH_GENERATION` if a user was revoked;
 * `ERR_EGGTOOTH_OPTION` if the duration is longer than the bundle's; any other code of a step
 */
export async function issue(
  cluster: Cluster,
  chain: Chain,
  options: IssueOptions = {},
): Promise<readonly IssueResult[]> {
  assertSignable(chain);
  for (const credential of chain.credentials) requestedDuration(credential, options.duration);
  const results: IssueResult[] = [];
  for (const credential of chain.credentials) results.push(await issueOne(cluster, credential, options));
  return results;
}

async function issueOne(cluster: Cluster, credential: Credential, options: IssueOptions): Promise<IssueResult> {
  const { timeout = 30_000, now, onProgress = () => {} } = options;
  onProgress(`${credential.user}: reading the Secrets`);
  const [state, bindings] = await Promise.all([readState(cluster, credential, now), readBindings(cluster, credential)]);
  assertNotRevoked(credential, [...state.secrets, ...bindings]);
  const written = await ensureSecrets(cluster, credential, state, { ...options, timeout, onProgress });
  return verifyWritten(credential, written, onProgress);
}
