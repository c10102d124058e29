import { Chain } from '../chain/chain';
import { assertSound } from '../chain/rules/check';
import type { Cluster } from '../cluster/cluster';
import { type EggtoothError, isError } from '../errors';
import { type KubeObject, type ObjectReference, printReference, referenceTo } from '../kubernetes/kube-object';
import { assertNoneRevoked } from '../signing/generation/assert-not-revoked';
import { type AdoptOptions, assertSecretsOurs } from '../signing/secret/assert-ours';
import { type AppliedObject, type ApplyObjectsOptions, assertKnown, stagesOf } from './apply-objects';
import { assertAppliable } from './assert-appliable';
import { assertNoDowngrade } from './downgrade';
import { withoutFirstCertificate } from './first-certificate-job';
import { handedOverTo, leaveToFlux } from './hand-over';
import { preflight, readCurrent, replacementsOf } from './preflight';
import { assertNone } from './rejections';
import { withBundleName } from './removal/inventory';
import { assertPrunable, type PruneOptions, pruneLeftovers } from './removal/prune';
import { Run } from './run';
import type { UpResult } from './up';

/** Options for {@link planUp}. */
export interface PlanUpOptions extends ApplyObjectsOptions, AdoptOptions, PruneOptions {}

/** An object that {@link up} would apply. */
export interface PlannedObject extends ObjectReference {
  /** `unchecked` if the API server cannot validate the object yet. */
  readonly result: AppliedObject['result'] | 'unchecked';
  /** Why the object is skipped or unchecked. */
  readonly reason?: string;
  /** Whether Flux has something else than the manifest. */
  readonly differs?: AppliedObject['differs'];
}

/**
 * What {@link up} would do: what `eggtooth up --dry-run -o json` prints. It has the shape of {@link UpResult}; the
 * other lists are empty.
 */
export interface UpPlan extends Omit<UpResult, 'objects'> {
  /** In the order in which they would be applied. */
  readonly objects: readonly PlannedObject[];
}

/**
 * Lets the API server validate every object that {@link up} would apply, by dry run; nothing is stored. An object whose
 * CustomResourceDefinition or Namespace is in the bundle but not in the cluster cannot be validated yet.
 *
 * @param manifests - the objects of the bundle, in any order; what states no namespace is in that of the context
 * @example
 * ```ts
 * const { objects } = await planUp(cluster, readBundle('dist'));
 * for (const { kind, name, result } of objects) console.log(result, kind, name);
 * ```
 * @throws EggtoothError with all rejections at once, and the code of the first; `ERR_EGGTOOTH_CHAIN` if the bundle
 * breaks a rule; `ERR_EGGTOOTH_BUNDLE` if it is to be pruned and states no name; `ERR_EGGTOOTH_GENERATION` if it names a user that was revoked; any other code of
 * {@link ClusterObjects.apply}
 */
export async function planUp(
  cluster: Cluster,
  manifests: readonly KubeObject[],
  options: PlanUpOptions = {},
): Promise<UpPlan> {
  const start = performance.now();
  const run = new Run(cluster, options);
  const bundle = await run.place(manifests);
  const objects = withBundleName(withoutFirstCertificate(bundle));
  const chain = Chain.fromObjects(objects);
  assertSound(chain);
  assertPrunable(objects, options);
  await assertNoneRevoked(run.cluster, chain);
  assertAppliable(objects);
  await assertKnown(run, objects);
  const planned = async (all: readonly PlannedObject[]): Promise<UpPlan> => ({
    ...{ objects: all, issued: [], repositories: [], releases: [], nodes: [], notWaitedFor: [] },
    ...(await pruneLeftovers(run, cluster, bundle, { ...options, dryRun: true })),
    seconds: (performance.now() - start) / 1000,
  });
  const mayForce = () => options.forceConflicts === true;
  const rejections: EggtoothError[] = [];
  try {
    await assertSecretsOurs(run.cluster, chain, options);
  } catch (error) {
    if (!isError(error, 'ERR_EGGTOOTH_FOREIGN')) throw error;
    rejections.push(error);
  }
  const owner = options.forceConflicts ? undefined : await handedOverTo(run, objects);
  if (owner !== undefined) {
    assertNone(rejections);
    return planned(await leaveToFlux(run, objects, owner));
  }
  const current = await readCurrent(run, objects);
  try {
    assertNoDowngrade(objects, replacementsOf(objects, current, mayForce), options);
  } catch (error) {
    if (!isError(error, 'ERR_EGGTOOTH_DOWNGRADE')) throw error;
    rejections.push(error);
  }
  const seen = await preflight(run, objects, { mayForce, current });
  rejections.push(...seen.rejections);
  const { crds, namespaces, others } = stagesOf(objects);
  const applied = [...crds, ...namespaces, ...others].flatMap((object): PlannedObject[] => {
    const reason = seen.unchecked.get(object)?.reason;
    const verdict = reason === undefined ? seen.verdicts.get(object) : { result: 'unchecked' as const, reason };
    if (verdict === undefined) return [];
    const why = verdict.reason === undefined ? '' : `: ${verdict.reason}`;
    run.report(`${printReference(referenceTo(object))} ${verdict.result}${why}`);
    const outcome = { result: verdict.result, ...(verdict.reason !== undefined && { reason: verdict.reason }) };
    return [{ ...referenceTo(object), ...outcome }];
  });
  assertNone(rejections);
  return planned(applied);
}
