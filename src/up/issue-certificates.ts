import type { Chain } from '../chain/chain';
import { isError } from '../errors';
import { namespaceOf } from '../kubernetes/identity';
import { referenceTo } from '../kubernetes/kube-object';
import { issue } from '../signing/issue';
import type { IssueOptions } from '../signing/issue-options';
import type { IssueResult } from '../signing/issue-result';
import { printCheck } from '../signing/verify/check';
import { type BrokenLink, waitForLink } from './broken-link';
import { explain } from './explain';
import type { Run } from './run';

/** Options for the certificates of a bundle. */
export type CertificateOptions = Pick<IssueOptions, 'algorithm' | 'duration' | 'crypto'>;

/** How long to wait for a certificate, in milliseconds. A signer usually answers within some milliseconds. */
const SIGNER_TIMEOUT = 30_000;

/**
 * Issues the certificates of a bundle, and repeats that until every check is ok. Checks at an endpoint that cannot be
 * reached from here are left to Flux.
 * @param onChecks - called with the failed check, if any, after each attempt
 */
export async function issueCertificates(
  run: Run,
  chain: Chain,
  options: CertificateOptions,
  onChecks: (broken: BrokenLink | undefined) => void,
): Promise<readonly IssueResult[]> {
  if (chain.credentials.length === 0) return [];
  let results: readonly IssueResult[] = [];
  const attempt = () => {
    const timeout = Math.min(SIGNER_TIMEOUT, run.deadline.callTimeout);
    // The steps of the first attempt only: later attempts repeat its checks.
    const onProgress = results.length === 0 ? (step: string) => run.report(step) : undefined;
    return issue(run.cluster, chain, { ...options, timeout, onProgress });
  };
  await waitForLink(run, async () => {
    // Not found: Kubernetes creates kube-root-ca.crt a moment after its namespace.
    const next = await run.cluster.retry(
      attempt,
      (error) => error.retryable || isError(error, 'ERR_EGGTOOTH_NOT_FOUND'),
    );
    results = next.map((result, index) => ({
      ...result,
      unchanged: result.unchanged && results[index]?.unchanged !== false,
    }));
    const broken = results.map((result) => brokenLink(result, chain)).find((one) => one !== undefined);
    onChecks(broken);
    return broken;
  });
  return results;
}

/** Whether an endpoint could not be reached from here, so that its checks say nothing. */
function isUnreachable({ checks }: IssueResult): boolean {
  return checks.some(({ check, ok }) => check === 'identity' && !ok);
}

function brokenLink(result: IssueResult, { repositories }: Chain): BrokenLink | undefined {
  const failed = result.checks.find(({ ok }) => !ok);
  if (failed === undefined || isUnreachable(result)) return undefined;
  const repository = repositories.find(
    ({ object: { metadata } }) =>
      failed.check === 'index' &&
      failed.repository.namespace === namespaceOf(metadata) &&
      failed.repository.name === metadata.name,
  );
  if (repository === undefined) {
    return {
      object: { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'User', name: result.user },
      problem: `may have more rights than it needs (${printCheck(failed)}: ${failed.detail})`,
      fix: 'delete the other bindings of this user',
    };
  }
  const { meaning, fix } = explain(failed.detail);
  return { object: referenceTo(repository.object), problem: `its index cannot be read: ${meaning}`, fix };
}
