import type { Chain } from '../chain/chain';
import { isError } from '../errors';
import { referenceTo } from '../kubernetes/kube-object';
import { issue } from '../signing/issue';
import type { IssueOptions } from '../signing/issue-options';
import type { IssueResult } from '../signing/issue-result';
import { printCheck } from '../signing/verify/check';
import { type BrokenLink, untilHolds } from './broken-link';
import { explain } from './explain';
import type { Run } from './run';

/** How the certificates of a bundle are made. */
export type CertifyOptions = Pick<IssueOptions, 'algorithm' | 'duration' | 'crypto'>;

/** The signer answers within milliseconds where there is one. */
const SIGNER_TIMEOUT = 30_000;

/**
 * Issues, and tries again until everything is verified, or until it shows that the endpoint cannot be reached from here.
 * @param onChecks - is told what is not verified yet
 */
export async function certify(
  run: Run,
  chain: Chain,
  options: CertifyOptions,
  onChecks: (broken: BrokenLink | undefined) => void,
): Promise<readonly IssueResult[]> {
  if (chain.credentials.length === 0) return [];
  let results: readonly IssueResult[] = [];
  const attempt = () => {
    const timeout = Math.min(SIGNER_TIMEOUT, run.deadline.callTimeout);
    // Its steps are of interest once.
    const onProgress = results.length === 0 ? (step: string) => run.say(step) : undefined;
    return issue(run.cluster, chain, { ...options, timeout, onProgress });
  };
  await untilHolds(run, async () => {
    // Not found: a new namespace has its kube-root-ca.crt a moment later.
    const next = await run.cluster.retry(
      attempt,
      (error) => error.retryable || isError(error, 'ERR_EGGTOOTH_NOT_FOUND'),
    );
    results = next.map((result, index) => ({
      ...result,
      unchanged: result.unchanged && results[index]?.unchanged !== false,
    }));
    const broken = results.map((result) => unverified(result, chain)).find((one) => one !== undefined);
    onChecks(broken);
    return broken;
  });
  return results;
}

/** Whether the endpoint was not reached from here, so that nothing is verified, and nothing refuted. */
function isUntried({ checks }: IssueResult): boolean {
  return checks.some(({ check, ok }) => check === 'identity' && !ok);
}

function unverified(result: IssueResult, { repositories }: Chain): BrokenLink | undefined {
  const failed = result.checks.find(({ ok }) => !ok);
  if (failed === undefined || isUntried(result)) return undefined;
  const repository = repositories.find(
    ({ object: { metadata } }) =>
      failed.check === 'index' &&
      failed.repository.namespace === metadata.namespace &&
      failed.repository.name === metadata.name,
  );
  if (repository === undefined) {
    return {
      object: { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'User', name: result.user },
      problem: `is not verified to have no other rights (${printCheck(failed)}: ${failed.detail})`,
      fix: 'take away the other bindings of this user',
    };
  }
  const { meaning, fix } = explain(failed.detail);
  return { object: referenceTo(repository.object), problem: `its index cannot be read: ${meaning}`, fix };
}
