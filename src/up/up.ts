import { Chain } from '../chain/chain';
import { assertSound } from '../chain/rules/check';
import type { Cluster } from '../cluster/cluster';
import { isError } from '../errors';
import type { KubeObject } from '../kubernetes/kube-object';
import { BACKDATE_SECONDS } from '../pki/check-certificate';
import { assertNoneRevoked } from '../signing/generation/assert-not-revoked';
import type { IssueResult } from '../signing/issue-result';
import { requestedDuration } from '../signing/request/requested-duration';
import { assertSecretsOurs } from '../signing/secret/assert-ours';
import { type AppliedObject, type ApplyObjectsOptions, applyAll, stagesOf } from './apply-objects';
import { type BrokenLink, notReady, waitForLink } from './broken-link';
import { type CertificateOptions, issueCertificates } from './issue-certificates';
import { probeAssets } from './probe-assets';
import { probeCrds } from './probe-crds';
import {
  type ExpectedRepository,
  probeRepositories,
  type ReadRepository,
  repositoriesOf,
  waitForExpected,
} from './probe-repositories';
import { withBundleName } from './removal/inventory';
import { assertPrunable, type PruneOptions, type PruneResult, pruneLeftovers } from './removal/prune';
import { Run } from './run';

/** Options for {@link up}. */
export interface UpOptions extends ApplyObjectsOptions, CertificateOptions, PruneOptions {}

/** What {@link up} did: what `eggtooth up -o json` prints. */
export interface UpResult extends PruneResult {
  /** In the order in which they were applied. */
  readonly objects: readonly AppliedObject[];
  /** One entry for each user of the chain. Empty if the bundle reads nothing through the API server. */
  readonly issued: readonly IssueResult[];
  /** What Flux has read, in the order of the bundle. */
  readonly repositories: readonly ReadRepository[];
  /** Duration of the run, in seconds. */
  readonly seconds: number;
}

/** Looks for what is broken in one link of the chain. */
type Probe = (run: Run) => Promise<BrokenLink | undefined>;

/** Time limit of the probes after the deadline, in milliseconds each. */
const PROBE_TIMEOUT = 5000;

/**
 * Brings up a bundle: applies its objects in order, waits for the pods that serve the charts, issues the certificates,
 * and waits until Flux has read every repository. A repeated run changes nothing; an interrupted run is completed by
 * the next.
 *
 * No certificate is issued for a bundle that reads nothing through the API server.
 *
 * What an earlier version of the bundle applied and this one lacks is reported, and deleted with `prune`. A bundle is
 * recognized by the label `eggtooth.dev/bundle`.
 *
 * @param manifests - the objects of the bundle, in any order
 * @example
 * ```ts
 * const { repositories } = await up(await clusterFromKubeconfig(), readBundle('dist'));
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_NOT_READY` with the first link that is broken at the deadline;
 * `ERR_EGGTOOTH_CHAIN` if the bundle breaks a rule; `ERR_EGGTOOTH_BUNDLE` if it is to be pruned and states no name;
 * `ERR_EGGTOOTH_GENERATION`, before anything is written, if the
 * bundle names a user that was revoked; `ERR_EGGTOOTH_DOWNGRADE`, before anything is written, if the cluster has a newer Flux; `ERR_EGGTOOTH_FOREIGN`, before anything is written, if an object or a Secret is
 * somebody else's; any other code of {@link applyObjects} and {@link issue}, at once
 */
export async function up(
  cluster: Cluster,
  manifests: readonly KubeObject[],
  options: UpOptions = {},
): Promise<UpResult> {
  const objects = withBundleName(manifests);
  const [start, begun] = [new Date(), performance.now()];
  const chain = Chain.fromObjects(objects);
  assertSound(chain);
  for (const credential of chain.credentials) requestedDuration(credential, options.duration);
  assertPrunable(objects, options);
  const run = new Run(cluster, options);
  const probes: Probe[] = [(again) => probeCrds(again, stagesOf(objects).crds)];
  try {
    await assertNoneRevoked(run.cluster, chain);
    await assertSecretsOurs(run.cluster, chain, options);
    const applied = await applyAll(run, objects, () => options.forceConflicts === true, options);
    probes.push((again) => probeAssets(again, chain));
    await waitForLink(run, () => probeAssets(run, chain));
    let failedCheck: BrokenLink | undefined;
    probes.push(async () => failedCheck);
    const issued = await issueCertificates(run, chain, options, (broken) => {
      failedCheck = broken;
    });
    const expected = expectedRepositories(chain, issued, start);
    probes.push((again) => probeRepositories(again, expected, objects));
    const repositories = await waitForExpected(run, expected, objects);
    const left = await pruneLeftovers(run, cluster, objects, options);
    return { objects: applied, issued, repositories, ...left, seconds: (performance.now() - begun) / 1000 };
  } catch (error) {
    if (!isError(error, 'ERR_EGGTOOTH_NOT_READY')) throw error;
    const broken = await firstBroken(cluster, probes);
    throw broken === undefined ? error : notReady(broken, run.deadline.timeout);
  }
}

/**
 * Probes all links again, because an earlier link may have broken since: the first broken link is the cause of the
 * others.
 */
async function firstBroken(cluster: Cluster, probes: readonly Probe[]): Promise<BrokenLink | undefined> {
  for (const probe of probes) {
    const broken = await probe(new Run(cluster, { timeout: PROBE_TIMEOUT }));
    if (broken !== undefined) return broken;
  }
  return undefined;
}

/**
 * Flux must have read a repository with its current certificate: since it was issued, or since this run began if this
 * run issued it.
 */
function expectedRepositories(
  { credentials, objects }: Chain,
  issued: readonly IssueResult[],
  start: Date,
): readonly ExpectedRepository[] {
  const since = new Map<KubeObject, Date>();
  for (const [index, { repositories }] of credentials.entries()) {
    const signed = Date.parse(issued[index]?.notBefore ?? '') + BACKDATE_SECONDS * 1000;
    for (const { object } of repositories) since.set(object, new Date(Math.min(signed, start.getTime())));
  }
  return repositoriesOf(objects).map((object) => ({ object, since: since.get(object) }));
}
