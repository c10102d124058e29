import { Chain } from '../chain/chain';
import { assertSound } from '../chain/rules/check';
import type { Cluster } from '../cluster/cluster';
import { isError, undefinedOn } from '../errors';
import type { KubeObject } from '../kubernetes/kube-object';
import { BACKDATE_SECONDS } from '../pki/check-certificate';
import { assertNoneRevoked } from '../signing/generation/assert-not-revoked';
import type { IssueResult } from '../signing/issue-result';
import { requestedDuration } from '../signing/request/requested-duration';
import { assertSecretsOurs } from '../signing/secret/assert-ours';
import { findOtherReaders } from '../signing/verify/other-readers';
import { assertSameCluster } from '../signing/verify/same-cluster';
import { type AppliedObject, type ApplyObjectsOptions, applyAll, stagesOf } from './apply-objects';
import { endFirstCertificate, withoutFirstCertificate } from './first-certificate-job';
import { handedOverTo, isSyncSource, leaveToFlux, unreadySync } from './hand-over';
import { type CertificateOptions, issueCertificates } from './issue-certificates';
import { type BrokenLink, notReady } from './links/broken-link';
import type { NotWaitedFor } from './links/not-waited-for';
import { probeAssets, waitForAssets } from './links/probe-assets';
import { probeCrds } from './links/probe-crds';
import { Nodes, type ReadyNode } from './links/probe-nodes';
import { probeReleases, type ReadyRelease, waitForReleases } from './links/probe-releases';
import {
  type ExpectedRepository,
  probeRepositories,
  type ReadRepository,
  repositoriesOf,
  suspendedRepositories,
  waitForExpected,
} from './links/probe-repositories';
import { warnOfUnverified } from './links/unverified-sources';
import { withBundleName } from './removal/inventory';
import { assertPrunable, type PruneOptions, type PruneResult, pruneLeftovers } from './removal/prune';
import { Run } from './run';
import { type Until, UP_TIMEOUT } from './until';

/** Options for {@link up}. */
export interface UpOptions extends ApplyObjectsOptions, CertificateOptions, PruneOptions {
  /**
   * Time limit of the whole run, in milliseconds.
   * @default 1800000
   */
  readonly timeout?: number;
  /**
   * How far to wait: until Flux has read every repository (`sources`), until every HelmRelease is Ready too (`releases`),
   * or until every node that was not Ready for want of a CNI is Ready too (`nodes`).
   * @default 'nodes' - if a DaemonSet of the bundle or of its releases installs a CNI; otherwise 'releases'
   */
  readonly until?: Until;
}

/** What {@link up} did: what `eggtooth up -o json` prints. */
export interface UpResult extends PruneResult {
  /** In the order in which they were applied. */
  readonly objects: readonly AppliedObject[];
  /** One entry for each user of the chain. Empty if the bundle reads nothing through the API server. */
  readonly issued: readonly IssueResult[];
  /** What Flux has read, in the order of the bundle. */
  readonly repositories: readonly ReadRepository[];
  /** The HelmReleases that are Ready, in the order of the bundle. Empty if they were not waited for. */
  readonly releases: readonly ReadyRelease[];
  /** The nodes that are Ready. Empty if the nodes were not waited for. */
  readonly nodes: readonly ReadyNode[];
  /** What was not waited for, for example because it is suspended. */
  readonly notWaitedFor: readonly NotWaitedFor[];
  /** Duration of the run, in seconds. */
  readonly seconds: number;
}

/** Looks for what is broken in one link of the chain. */
type Probe = (run: Run) => Promise<BrokenLink | undefined>;

/** Time limit of the probes after the deadline, in milliseconds each. */
const PROBE_TIMEOUT = 5000;

/**
 * Brings up a bundle: applies its objects in order, waits for the pods that serve the charts, issues the certificates,
 * and waits until Flux has read every repository, every HelmRelease is Ready, and every node that was not Ready for want
 * of a CNI is Ready. A repeated run changes nothing; an interrupted run is completed by the next.
 *
 * No certificate is issued for a bundle that reads nothing through the API server. Suspended objects are not waited for. A
 * Job of the bundle that issues the first certificate is not needed: it is not applied, and ended if it still runs.
 *
 * A bundle that Flux has taken over with a Kustomization of the bundle is left to Flux, unless `forceConflicts` is set: no
 * object of it is applied, and what differs is reported. A source that the Kustomization reads, and the Kustomization itself,
 * are not waited for, because nothing may have been pushed yet.
 *
 * What an earlier version of the bundle applied and this one lacks is reported, and deleted with `prune`. A bundle is
 * recognized by the label `eggtooth.dev/bundle`.
 *
 * @param manifests - the objects of the bundle, in any order; what states no namespace is in that of the context
 * @example
 * ```ts
 * const { releases, nodes } = await up(await clusterFromKubeconfig(), readBundle('dist'));
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_NOT_READY` with the first link that is broken at the deadline, or with a
 * HelmRelease that helm-controller has given up; `ERR_EGGTOOTH_CHAIN` if the bundle breaks a rule;
 * `ERR_EGGTOOTH_BUNDLE` if it is to be pruned and states no name; before anything is written:
 * `ERR_EGGTOOTH_GENERATION` if the bundle names a user that was revoked, `ERR_EGGTOOTH_DOWNGRADE` if the cluster has a
 * newer Flux, `ERR_EGGTOOTH_KUBECONFIG` if the bundle is for another cluster, `ERR_EGGTOOTH_FOREIGN` if an object or a Secret is somebody else's; any other code of
 * {@link applyObjects} and {@link issue}, at once
 */
export async function up(
  cluster: Cluster,
  manifests: readonly KubeObject[],
  options: UpOptions = {},
): Promise<UpResult> {
  const { timeout = UP_TIMEOUT, until } = options;
  const run = new Run(cluster, { ...options, timeout });
  const bundle = await run.place(manifests);
  const objects = withBundleName(withoutFirstCertificate(bundle));
  const [start, begun] = [new Date(), performance.now()];
  const chain = Chain.fromObjects(objects);
  assertSound(chain);
  for (const credential of chain.credentials) requestedDuration(credential, options.duration);
  assertPrunable(objects, options);
  const probes: Probe[] = [];
  /** Goes through one link: waits for it, and remembers how to look at it again. */
  const link = <Result>(probe: Probe, wait: () => Promise<Result>): Promise<Result> => {
    probes.push(probe);
    return wait();
  };
  const nodes = new Nodes(chain);
  try {
    await lookFirst(run, nodes, until);
    if (!options.unverified) await assertSameCluster(run.cluster, chain.credentials);
    for (const credential of chain.credentials) await findOtherReaders(run.cluster, credential, options.onWarning);
    await assertNoneRevoked(run.cluster, chain);
    await assertSecretsOurs(run.cluster, chain, options);
    const applied = await link(
      (again) => probeCrds(again, stagesOf(objects).crds),
      () => applyOrLeave(run, objects, options),
    );
    await endFirstCertificate(run, bundle);
    await link(
      (again) => probeAssets(again, chain),
      () => waitForAssets(run, chain, applied),
    );
    let failedCheck: BrokenLink | undefined;
    const see = (broken: BrokenLink | undefined) => {
      failedCheck = broken;
    };
    const issued = await link(
      async () => failedCheck,
      () => issueCertificates(run, chain, options, see),
    );
    const expected = expectedRepositories(chain, issued, start);
    const repositories = await link(
      (again) => probeRepositories(again, expected, objects),
      () => waitForExpected(run, expected, objects),
    );
    await warnOfUnverified(run, objects, options.onWarning);
    const releases =
      until === 'sources'
        ? NOT_LOOKED_AT
        : await link(
            (again) => probeReleases(again, chain),
            () => waitForReleases(run, chain),
          );
    const seenNodes =
      until === 'sources' || until === 'releases'
        ? NOT_LOOKED_AT
        : await link(
            (again) => nodes.probe(again),
            () => (until === 'nodes' ? nodes.wait(run) : nodes.waitIfCni(run)),
          );
    const left = await pruneLeftovers(run, cluster, bundle, options);
    return {
      objects: applied,
      issued,
      repositories,
      releases: releases.ready,
      nodes: seenNodes.ready,
      notWaitedFor: [
        ...suspendedRepositories(objects.filter((object) => !isSyncSource(object, objects))),
        ...releases.notWaitedFor,
        ...seenNodes.notWaitedFor,
        ...(await unreadySync(run, objects)),
      ],
      ...left,
      seconds: (performance.now() - begun) / 1000,
    };
  } catch (error) {
    if (!isError(error, 'ERR_EGGTOOTH_NOT_READY')) throw error;
    const broken = await firstBroken(cluster, probes);
    throw broken === undefined ? error : notReady(broken, run.deadline);
  }
}

/** Applies a bundle, unless Flux has taken it over. */
async function applyOrLeave(
  run: Run,
  objects: readonly KubeObject[],
  options: ApplyObjectsOptions,
): Promise<readonly AppliedObject[]> {
  const owner = options.forceConflicts ? undefined : await handedOverTo(run, objects);
  if (owner !== undefined) return leaveToFlux(run, objects, owner);
  return applyAll(run, objects, () => options.forceConflicts === true, options);
}

const NOT_LOOKED_AT = { ready: [], notWaitedFor: [] } as const;

/** Looks which nodes lack a CNI before anything changes. Only a run that was told to wait for nodes must see them. */
async function lookFirst(run: Run, nodes: Nodes, until: Until | undefined): Promise<void> {
  if (until === 'nodes') await nodes.look(run);
  if (until === undefined) await undefinedOn(nodes.look(run), 'ERR_EGGTOOTH_FORBIDDEN');
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
  return repositoriesOf(objects)
    .filter((object) => !isSyncSource(object, objects))
    .map((object) => ({ object, since: since.get(object) }));
}
