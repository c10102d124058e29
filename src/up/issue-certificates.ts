import type { Chain } from '../chain/chain';
import type { Credential } from '../chain/credentials';
import { type EggtoothError, isError } from '../errors';
import { namespaceOf } from '../kubernetes/identity';
import { referenceTo } from '../kubernetes/kube-object';
import { issuePatiently } from '../signing/issue';
import type { IssueOptions } from '../signing/issue-options';
import type { IssueResult } from '../signing/issue-result';
import { type Check, printCheck } from '../signing/verify/check';
import { type BrokenLink, notReady } from './links/broken-link';
import { explain } from './links/explain';
import type { Run } from './run';

/** Options for the certificates of a bundle. */
export type CertificateOptions = Pick<
  IssueOptions,
  'algorithm' | 'duration' | 'crypto' | 'adopt' | 'unverified' | 'onWarning'
>;

/** How long to wait for a certificate, in milliseconds. A signer usually answers within some milliseconds. */
const SIGNER_TIMEOUT = 30_000;

/**
 * Issues the certificates of a bundle. Each is written as soon as all its checks are ok, which is waited for.
 * @param onChecks - called with the failed check, if any, after each attempt
 * @throws EggtoothError `ERR_EGGTOOTH_NOT_READY` if a check still fails at the deadline
 */
export async function issueCertificates(
  run: Run,
  chain: Chain,
  options: CertificateOptions,
  onChecks: (broken: BrokenLink | undefined) => void,
): Promise<readonly IssueResult[]> {
  if (chain.credentials.length === 0) return [];
  let broken: BrokenLink | undefined;
  const see = (credential: Credential, checks: readonly Check[]) => {
    broken = brokenLink(credential, checks);
    onChecks(broken);
  };
  const attempt = () =>
    issuePatiently(run.cluster, chain, {
      ...options,
      // Reported before anything was applied.
      onWarning: undefined,
      timeout: Math.min(SIGNER_TIMEOUT, run.deadline.callTimeout),
      onProgress: (step) => run.report(step),
      onChecks: see,
      onRepeat: () => broken && run.waitFor(broken),
      // Without the wish to verify everything, Flux is waited for, and tells.
      ...(!options.unverified && { patience: run.deadline.left }),
    });
  try {
    // Not found: Kubernetes creates kube-root-ca.crt a moment after its namespace.
    const mayRetry = (error: EggtoothError) => error.retryable || isError(error, 'ERR_EGGTOOTH_NOT_FOUND');
    const results = await run.cluster.retry(attempt, mayRetry);
    if (broken !== undefined && !options.unverified) throw notReady(broken, run.deadline);
    return results;
  } catch (error) {
    if (broken !== undefined && isError(error, 'ERR_EGGTOOTH_VERIFICATION')) throw notReady(broken, run.deadline);
    throw error;
  }
}

function brokenLink(credential: Credential, checks: readonly Check[]): BrokenLink | undefined {
  const failed = checks.find(({ ok }) => !ok);
  if (failed === undefined) return undefined;
  const { repositories, user } = credential;
  const repository = repositories.find(
    ({ object: { metadata } }) =>
      failed.check === 'index' &&
      failed.repository.namespace === namespaceOf(metadata) &&
      failed.repository.name === metadata.name,
  );
  if (repository !== undefined) {
    const object = referenceTo(repository.object);
    if (failed.fix !== undefined) return { object, problem: failed.detail, fix: failed.fix };
    const { meaning, fix } = explain(failed.detail);
    return { object, problem: `its index cannot be read: ${meaning}`, fix };
  }
  const object = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'User', name: user };
  if (failed.check === 'identity') {
    return {
      object,
      problem: `is not verified, so its certificate is not written (${printCheck(failed)}: ${failed.detail})`,
      fix: 'run again from where an API server of the cluster can be reached, or with --unverified',
    };
  }
  return {
    object,
    problem: `may have more rights than it needs (${printCheck(failed)}: ${failed.detail})`,
    fix: 'delete the other bindings of this user',
  };
}
