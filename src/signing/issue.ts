import type { Chain } from '../chain/chain';
import type { Credential } from '../chain/credentials';
import { assertSignable } from '../chain/rules/check';
import type { Cluster } from '../cluster/cluster';
import { placeChain } from '../cluster/place-objects';
import { assertNotRevoked } from './generation/assert-not-revoked';
import type { IssueOptions } from './issue-options';
import { endIssue, type IssueResult } from './issue-result';
import { requestedDuration } from './request/requested-duration';
import { ensureSecrets } from './secret/ensure-secrets';
import { readState } from './secret/secret-state';
import type { PatientVerification } from './verify/verify-before-write';

/**
 * Gives every reader of a chain its certificate: request, approve, collect, check, verify, write, reconcile. Nothing is
 * written for a reader whose Secrets are as they must be. An interrupted run is completed by the next. Before a request is
 * created, the API server is asked by dry run whether everything may be written.
 *
 * What is not verified is not written: the certificate is used at every endpoint as Flux will use it. At an endpoint that
 * cannot be reached from here, the API server of the kubeconfig stands in: see {@link CheckOutcome.skipped}. If nothing is
 * to be written, a check that fails does not throw: look at {@link IssueResult.checks}.
 *
 * @example
 * ```ts
 * const chain = Chain.fromObjects(readBundle('dist'));
 * const [result] = await issue(await clusterFromKubeconfig(), chain);
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_CHAIN` if the chain breaks a rule, `ERR_EGGTOOTH_GENERATION` if a user was revoked,
 * `ERR_EGGTOOTH_OPTION` if the duration is longer than the bundle's, `ERR_EGGTOOTH_FOREIGN` if a Secret is somebody else's, `ERR_EGGTOOTH_VERIFICATION` if a check fails; any other code of
 * a step
 */
export function issue(cluster: Cluster, chain: Chain, options: IssueOptions = {}): Promise<readonly IssueResult[]> {
  return issuePatiently(cluster, chain, options);
}

/** {@link issue} that waits until everything is verified. */
export async function issuePatiently(
  cluster: Cluster,
  bundle: Chain,
  options: IssueOptions & PatientVerification,
): Promise<readonly IssueResult[]> {
  const chain = placeChain(cluster, bundle);
  assertSignable(chain);
  for (const credential of chain.credentials) requestedDuration(credential, options.duration);
  const results: IssueResult[] = [];
  for (const credential of chain.credentials) results.push(await issueOne(cluster, credential, options));
  return results;
}

async function issueOne(
  cluster: Cluster,
  credential: Credential,
  options: IssueOptions & PatientVerification,
): Promise<IssueResult> {
  const { timeout = 30_000, now, onProgress = () => {} } = options;
  onProgress(`${credential.user}: reading the Secrets`);
  const state = await readState(cluster, credential, now);
  await assertNotRevoked(cluster, credential, state.secrets);
  const written = await ensureSecrets(cluster, credential, state, { ...options, timeout, onProgress });
  return endIssue(credential, written);
}
