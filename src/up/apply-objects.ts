import type { Cluster } from '../cluster/cluster';
import { unknownKind } from '../cluster/cluster-objects';
import { isCrd, isNamespace } from '../kubernetes/kinds';
import { type KubeObject, type ObjectReference, printReference, referenceTo } from '../kubernetes/kube-object';
import { type ApplyOutcome, applyVerdict, look } from './apply-one';
import { assertAppliable } from './assert-appliable';
import { assertNoDowngrade, type DowngradeOptions } from './downgrade';
import { waitForLink } from './links/broken-link';
import { kindsOf, probeCrds } from './links/probe-crds';
import { type Preflight, preflight, readCurrent, replacementsOf } from './preflight';
import { assertNone } from './rejections';
import { Run, type RunOptions } from './run';

/** Options for {@link applyObjects} and {@link planUp}. */
export interface ApplyObjectsOptions extends RunOptions, DowngradeOptions {
  /**
   * Overwrite what other field managers wrote, also in objects that eggtooth did not create, and in those that Flux manages.
   * @default false
   */
  readonly forceConflicts?: boolean;
}

/** An object that {@link applyObjects} has applied. */
export interface AppliedObject extends ObjectReference, ApplyOutcome {}

/**
 * Applies objects in an order that a cluster accepts: first CustomResourceDefinitions, until they are established, then
 * Namespaces, then all other objects in their own order. It uses server-side apply with field manager `eggtooth` and
 * rejects unknown fields. A repeated run changes nothing; an interrupted run is completed by the next.
 *
 * An object that eggtooth has created gets the fields of the manifest, whoever changed them. In any other object that
 * exists, the fields of the manifest may be missing or have the same value: another value that somebody else wrote is not
 * overwritten. What kubectl applied of the same bundle is taken over, so that what the bundle no longer has goes away. An
 * object with an ownership label of Flux is left alone, because Flux would undo the change.
 *
 * The API server validates every object by dry run before the first is written, as far as it can decide then.
 *
 * @returns the objects in the order in which they were applied
 * @example
 * ```ts
 * const applied = await applyObjects(cluster, readBundle('dist'), { timeout: 60_000 });
 * const changed = applied.filter(({ result }) => result !== 'unchanged');
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_NOT_FOUND`, before anything is written, if neither the cluster nor the objects
 * define a kind; `ERR_EGGTOOTH_DOWNGRADE`, before anything is written, if the cluster has a newer Flux;
 * `ERR_EGGTOOTH_BUNDLE`, `ERR_EGGTOOTH_API`, `ERR_EGGTOOTH_FORBIDDEN` or `ERR_EGGTOOTH_FOREIGN`, before anything is written,
 * with every object that cannot be applied, is refused, or would overwrite what somebody else wrote;
 * `ERR_EGGTOOTH_NOT_READY` if a CustomResourceDefinition is not established in time; any code of
 * {@link ClusterObjects.apply}
 */
export async function applyObjects(
  cluster: Cluster,
  objects: readonly KubeObject[],
  options: ApplyObjectsOptions = {},
): Promise<readonly AppliedObject[]> {
  const run = new Run(cluster, options);
  return applyAll(run, await run.place(objects), () => options.forceConflicts === true, options);
}

/**
 * {@link applyObjects} as a step of a run.
 * @param mayForce - whether an object may be overwritten, whoever wrote it or manages it
 */
export async function applyAll(
  run: Run,
  objects: readonly KubeObject[],
  mayForce: (object: KubeObject) => boolean,
  options: DowngradeOptions = {},
): Promise<readonly AppliedObject[]> {
  const { crds, namespaces, others } = stagesOf(objects);
  assertAppliable(objects);
  await assertKnown(run, objects);
  const current = await readCurrent(run, objects);
  assertNoDowngrade(objects, replacementsOf(objects, current, mayForce), options);
  const before = await preflight(run, objects, { mayForce, current });
  assertNone(before.rejections);
  const applied: AppliedObject[] = [];
  const applyEach = async (stage: readonly KubeObject[], verdicts: Preflight['verdicts']) => {
    for (const object of stage) {
      const known = verdicts.get(object);
      // Somebody may have created it meanwhile.
      const isKnown = known !== undefined && known.result !== 'created';
      const verdict = isKnown ? known : await look(run, object, { isTold: mayForce(object), tryToCreate: false });
      const [reference, outcome] = [referenceTo(object), await applyVerdict(run, object, verdict)];
      applied.push({ ...reference, ...outcome });
      run.report(`${printReference(reference)} ${outcome.result} (${applied.length} of ${objects.length})`);
    }
  };
  await applyEach(crds, before.verdicts);
  await waitForLink(run, () => probeCrds(run, crds));
  // What the CRDs define can be tried now, before any of it is written.
  const untried = others.filter((object) => before.unchecked.get(object)?.until === 'crds');
  const known = new Map([...current].filter(([object]) => !untried.includes(object)));
  const after = await preflight(run, objects, { mayForce, current: known, only: untried });
  assertNone(after.rejections);
  await applyEach([...namespaces, ...others], new Map([...before.verdicts, ...after.verdicts]));
  return applied;
}

/** Objects by the order in which a cluster accepts them; within a stage, in their own order. */
export interface Stages {
  readonly crds: readonly KubeObject[];
  readonly namespaces: readonly KubeObject[];
  readonly others: readonly KubeObject[];
}

/** Sorts objects so that none comes before the definition of its kind or before its Namespace. */
export function stagesOf(objects: readonly KubeObject[]): Stages {
  return {
    crds: objects.filter(isCrd),
    namespaces: objects.filter(isNamespace),
    others: objects.filter((object) => !isCrd(object) && !isNamespace(object)),
  };
}

/**
 * Rejects objects of unknown kinds.
 * @throws EggtoothError `ERR_EGGTOOTH_NOT_FOUND`
 */
export async function assertKnown(run: Run, objects: readonly KubeObject[]): Promise<void> {
  const { crds, others } = stagesOf(objects);
  const defined = crds.flatMap(kindsOf);
  for (const object of others) {
    const { apiVersion, kind } = object;
    if (defined.some((one) => one.apiVersion === apiVersion && one.kind === kind)) continue;
    if ((await run.objects.discover(object)) === undefined) throw unknownKind(referenceTo(object));
  }
}
