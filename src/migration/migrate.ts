import { Chain } from '../chain/chain';
import type { Cluster } from '../cluster/cluster';
import { poll } from '../cluster/poll';
import { identityOf } from '../kubernetes/identity';
import { isHelmRelease, isNamespace } from '../kubernetes/kinds';
import { type KubeObject, type ObjectReference, referenceTo } from '../kubernetes/kube-object';
import { assertSameCluster } from '../signing/verify/same-cluster';
import { type AppliedObject, applyAll } from '../up/apply-objects';
import { Run, type RunOptions } from '../up/run';
import { findLeftovers, type KeptObject } from './find-leftovers';
import { compareBundles } from './leftovers';
import { readSources, type SourceState } from './source-readiness';
import { switchReleases } from './switch-releases';

/** What {@link migrate} did: what `eggtooth migrate -o json` prints. */
export interface MigrateResult {
  /** The objects of the new bundle, in the order in which they were applied. */
  readonly objects: readonly AppliedObject[];
  /** The chart sources of the new bundle. Its HelmReleases are applied only if all sources are ready. */
  readonly sources: readonly SourceState[];
  /** What {@link cleanUp} will remove, in that order. */
  readonly toRemove: readonly ObjectReference[];
  /** What {@link cleanUp} will keep, and why. */
  readonly kept: readonly KeptObject[];
}

/**
 * What {@link migrate} would do: what `eggtooth migrate --dry-run -o json` prints. It has the shape of
 * {@link MigrateResult}; the objects have no `result`, and `sources` is empty.
 */
export interface MigratePlan extends Omit<MigrateResult, 'objects'> {
  /** The objects of the new bundle. */
  readonly objects: readonly ObjectReference[];
}

/**
 * Applies a bundle that takes its charts from OCI, or upstream, next to a bundle that reads them through the API server. It
 * waits until the chart sources of the new bundle are ready, then applies its HelmReleases, so that none ever refers to a
 * missing source. It deletes nothing; {@link cleanUp} does. A repeated run changes nothing; an interrupted run is
 * completed by the next.
 *
 * Sources that are not ready in time cause no error: check {@link MigrateResult.sources}.
 *
 * @param oldManifests - the objects of the bundle that is in the cluster
 * @param nextManifests - the objects of the bundle that replaces it
 * @example
 * ```ts
 * const { sources } = await migrate(cluster, readBundle('dist-old'), readBundle('dist'));
 * if (sources.every(({ ready }) => ready)) await cleanUp(cluster, readBundle('dist-old'), readBundle('dist'));
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_CHAIN` if the old bundle has no chain or the new one breaks a rule;
 * `ERR_EGGTOOTH_BUNDLE` if the new bundle has no OCIRepository and no upstream HelmRepository; any code of {@link applyObjects}
 */
export async function migrate(
  cluster: Cluster,
  oldManifests: readonly KubeObject[],
  nextManifests: readonly KubeObject[],
  options: RunOptions = {},
): Promise<MigrateResult> {
  const run = new Run(cluster, options);
  const [old, next] = await Promise.all([run.place(oldManifests), run.place(nextManifests)]);
  const leftovers = compareBundles(old, next);
  await assertSameCluster(run.cluster, Chain.fromObjects(old).credentials);
  const { toDelete, kept } = await findLeftovers(run, leftovers);
  const bundle = toDelete.length === 0 ? next : withOldLabels(old, next);
  const known = new Set(old.map(identityOf));
  // The objects of the old bundle may be overwritten, also if kubectl or Flux applied them.
  const isOfOld = (object: KubeObject) => known.has(identityOf(object));
  const others = await applyAll(
    run,
    bundle.filter((object) => !isHelmRelease(object)),
    isOfOld,
  );
  const sources = await waitForSources(run, next);
  const releases = sources.every(({ ready }) => ready)
    ? await switchReleases(run, next.filter(isHelmRelease), isOfOld)
    : [];
  return { objects: [...others, ...releases], sources, toRemove: toDelete.map(referenceTo), kept };
}

/**
 * Plans {@link migrate}: reads the cluster and writes nothing.
 *
 * @param oldManifests - the objects of the bundle that is in the cluster
 * @param nextManifests - the objects of the bundle that replaces it
 * @example
 * ```ts
 * const { toRemove } = await planMigrate(cluster, readBundle('dist-old'), readBundle('dist'));
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_CHAIN` and `ERR_EGGTOOTH_BUNDLE` as {@link migrate}; any code of
 * {@link ClusterObjects.get}
 */
export async function planMigrate(
  cluster: Cluster,
  oldManifests: readonly KubeObject[],
  nextManifests: readonly KubeObject[],
  options: RunOptions = {},
): Promise<MigratePlan> {
  const run = new Run(cluster, options);
  const [old, next] = await Promise.all([run.place(oldManifests), run.place(nextManifests)]);
  const leftovers = compareBundles(old, next);
  const { toDelete, kept } = await findLeftovers(run, leftovers);
  return { objects: next.map(referenceTo), sources: [], toRemove: toDelete.map(referenceTo), kept };
}

/**
 * Adds the labels of the old bundle to the Namespaces of the new one. Until the clean-up, the old assets server must be
 * able to start again, and the label `pod-security.kubernetes.io/enforce` decides on that.
 */
export function withOldLabels(old: readonly KubeObject[], next: readonly KubeObject[]): readonly KubeObject[] {
  const labels = new Map(old.filter(isNamespace).map(({ metadata }) => [metadata.name, metadata.labels]));
  return next.map((object) => {
    const before = isNamespace(object) ? labels.get(object.metadata.name) : undefined;
    if (before === undefined) return object;
    return { ...object, metadata: { ...object.metadata, labels: { ...before, ...object.metadata.labels } } };
  });
}

function waitForSources(run: Run, next: readonly KubeObject[]): Promise<readonly SourceState[]> {
  return poll(
    run.deadline,
    () => readSources(run, next),
    (states) => states.every(({ ready }) => ready),
    {
      onWait: (states) => {
        const waiting = states.find(({ ready }) => !ready);
        if (waiting !== undefined) run.waitFor({ object: waiting, problem: waiting.detail });
      },
    },
  );
}
