import type { Cluster } from '../cluster/cluster';
import { poll } from '../cluster/poll';
import { isHelmRelease } from '../kubernetes/kinds';
import { type KubeObject, type ObjectReference, printReference, referenceTo } from '../kubernetes/kube-object';
import { type AppliedObject, applyAll } from '../up/apply-objects';
import { Run, type RunOptions } from '../up/run';
import { compare } from './compare';
import { findLeftovers, type LeftObject } from './find-leftovers';
import { withOldLabels } from './namespaces';
import { readSources, type SourceState } from './source-readiness';
import { switchReleases } from './switch-releases';

/** What {@link migrate} did: the contract of `eggtooth migrate -o json`. */
export interface MigrateResult {
  /** The objects of the new bundle, in the order in which they were applied. */
  readonly applied: readonly AppliedObject[];
  /** Where the new bundle takes charts from. Only if all are ready are its HelmReleases applied. */
  readonly sources: readonly SourceState[];
  /** What {@link cleanUp} will remove. */
  readonly remove: readonly ObjectReference[];
  /** What will stay, and why. */
  readonly left: readonly LeftObject[];
}

/**
 * Brings a bundle that takes its charts from OCI beside one that reads them through the API server, and deletes nothing:
 * applies the new bundle, waits until Flux has its sources, and then applies its HelmReleases, so that none ever names a
 * source that is not there. Run again, it changes nothing.
 *
 * Sources that do not come in time do not throw: look at {@link MigrateResult.sources}.
 *
 * @param old - the bundle with the chain, as it was applied
 * @param next - the bundle that takes its place
 * @throws EggtoothError `ERR_EGGTOOTH_CHAIN` if the old bundle has no chain or the new one breaks a rule,
 * `ERR_EGGTOOTH_BUNDLE` if the new one has no OCIRepository; any of `applyObjects`
 */
export async function migrate(
  cluster: Cluster,
  old: readonly KubeObject[],
  next: readonly KubeObject[],
  options: RunOptions = {},
): Promise<MigrateResult> {
  const leftovers = compare(old, next);
  const run = new Run(cluster, options);
  const { toDelete, left } = await findLeftovers(run, leftovers);
  const bundle = toDelete.length === 0 ? next : withOldLabels(old, next);
  const others = await applyAll(
    run,
    bundle.filter((object) => !isHelmRelease(object)),
  );
  const sources = await untilReady(run, next);
  const releases = sources.every(({ ready }) => ready) ? await switchReleases(run, next.filter(isHelmRelease)) : [];
  return { applied: [...others, ...releases], sources, remove: toDelete.map(referenceTo), left };
}

/** What {@link migrate} would apply, and what {@link cleanUp} would remove after it; writes nothing. */
export async function planMigrate(
  cluster: Cluster,
  old: readonly KubeObject[],
  next: readonly KubeObject[],
  options: RunOptions = {},
): Promise<Pick<MigrateResult, 'remove' | 'left'> & { readonly apply: readonly ObjectReference[] }> {
  const leftovers = compare(old, next);
  const { toDelete, left } = await findLeftovers(new Run(cluster, options), leftovers);
  return { apply: next.map(referenceTo), remove: toDelete.map(referenceTo), left };
}

function untilReady(run: Run, next: readonly KubeObject[]): Promise<readonly SourceState[]> {
  return poll(
    run.deadline,
    () => readSources(run, next),
    (states) => {
      const waiting = states.find(({ ready }) => !ready);
      if (waiting !== undefined) run.say(`waiting for ${printReference(waiting)}: ${waiting.detail}`);
      return waiting === undefined;
    },
  );
}
