import { isDeepStrictEqual } from 'node:util';
import { appliedFieldsOf, markedOver, mayOverwrite } from '../cluster/applied-mark';
import type { Cluster } from '../cluster/cluster';
import { type ApplyOptions, unknownKind } from '../cluster/cluster-objects';
import { type EggtoothError, isError } from '../errors';
import { fluxOwnerOf } from '../kubernetes/flux-owner';
import { isCrd, isNamespace } from '../kubernetes/kinds';
import { type KubeObject, type ObjectReference, printReference, referenceTo } from '../kubernetes/kube-object';
import { mapBounded } from '../signing/bounded';
import { assertNoDowngrade, type DowngradeOptions, type Replacement } from './downgrade';
import { waitForLink } from './links/broken-link';
import { kindsOf, probeCrds } from './links/probe-crds';
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

/** What happened to an object of a bundle. */
export interface ApplyOutcome {
  /**
   * `unchanged` if the cluster had the object as it is, `skipped` if Flux manages it. Nothing was written in either case.
   */
  readonly result: 'created' | 'configured' | 'unchanged' | 'skipped';
  /** Why the object is skipped. */
  readonly reason?: string;
}

/** An object that {@link applyObjects} has applied. */
export interface AppliedObject extends ObjectReference, ApplyOutcome {}

/**
 * Applies objects in an order that a cluster accepts: first CustomResourceDefinitions, until they are established, then
 * Namespaces, then all other objects in their own order. It uses server-side apply with field manager `eggtooth` and
 * rejects unknown fields. A repeated run changes nothing; an interrupted run is completed by the next.
 *
 * An object that eggtooth has created gets the fields of the manifest, whoever changed them. In any other object that
 * exists, the fields of the manifest may be missing or have the same value, as after `kubectl apply` of the same manifests:
 * another value that somebody else wrote is not overwritten. An object with an ownership label of Flux is left alone, because
 * Flux would undo the change.
 *
 * @returns the objects in the order in which they were applied
 * @example
 * ```ts
 * const applied = await applyObjects(cluster, readBundle('dist'), { timeout: 60_000 });
 * const changed = applied.filter(({ result }) => result !== 'unchanged');
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_NOT_FOUND`, before anything is written, if neither the cluster nor the objects
 * define a kind; `ERR_EGGTOOTH_DOWNGRADE`, before anything is written, if the cluster has a newer Flux;
 * `ERR_EGGTOOTH_FOREIGN`, before anything is written, with every object that would overwrite what
 * somebody else wrote; `ERR_EGGTOOTH_NOT_READY` if a CustomResourceDefinition is not established in time; any code of
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
  await assertKnown(run, objects);
  const replacements = await readReplacements(run, objects, mayForce);
  assertNoDowngrade(objects, replacements, options);
  await assertNoneForeign(
    run,
    replacements.filter(({ object }) => !mayForce(object)),
  );
  const applied: AppliedObject[] = [];
  const applyEach = async (stage: readonly KubeObject[]) => {
    for (const object of stage) {
      const [reference, outcome] = [referenceTo(object), await applyOne(run, object, { force: mayForce(object) })];
      applied.push({ ...reference, ...outcome });
      run.report(`${printReference(reference)} ${outcome.result} (${applied.length} of ${objects.length})`);
    }
  };
  await applyEach(crds);
  await waitForLink(run, () => probeCrds(run, crds));
  await applyEach([...namespaces, ...others]);
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

/** Reads what the cluster has in place of the objects of a bundle, without what is left alone. */
export async function readReplacements(
  run: Run,
  objects: readonly KubeObject[],
  mayForce: (object: KubeObject) => boolean,
): Promise<readonly Replacement[]> {
  const settled = await mapBounded(objects, CONCURRENCY, (object) => run.objects.get(referenceTo(object)));
  return settled.flatMap((one, index) => {
    // Whatever keeps an object from being read is reported when it is the turn of the object.
    const [object, current] = [objects[index], one.status === 'fulfilled' ? one.value : undefined];
    if (object === undefined || current === undefined) return [];
    return foreignOwner(object, current) === undefined || mayForce(object) ? [{ object, current }] : [];
  });
}

/**
 * Rejects objects that would overwrite what somebody else wrote. The API server decides, by dry run.
 * @throws EggtoothError `ERR_EGGTOOTH_FOREIGN`
 */
async function assertNoneForeign(run: Run, replacements: readonly Replacement[]): Promise<void> {
  const settled = await mapBounded(replacements, CONCURRENCY, async ({ object, current }) => {
    if (!mayOverwrite(current)) await run.objects.apply(object, { dryRun: true, force: false });
  });
  const errors = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  // Any other rejection is reported when it is the turn of the object, after what it may depend on.
  assertNone(errors.filter((error): error is EggtoothError => isError(error, 'ERR_EGGTOOTH_FOREIGN')));
}

/** How many objects are looked at at the same time. */
const CONCURRENCY = 8;

/**
 * Applies an object if that changes it. A dry run tells: the API server gives some objects a new resourceVersion even
 * when they stay the same.
 */
export async function applyOne(
  { objects }: Run,
  object: KubeObject,
  { force: isTold = false, ...options }: ApplyOptions = {},
): Promise<ApplyOutcome> {
  const current = await objects.get(referenceTo(object));
  const owner = foreignOwner(object, current);
  if (owner !== undefined && !isTold) return { result: 'skipped', reason: `managed by ${owner}` };
  const force = isTold || (current !== undefined && mayOverwrite(current));
  const ours = markedOver(object, current, isTold);
  if (current !== undefined && isSame(current, await objects.apply(ours, { dryRun: true, force })))
    return { result: 'unchanged' };
  await objects.apply(ours, { ...options, force });
  return { result: current === undefined ? 'created' : 'configured' };
}

/** The object of Flux that manages what is in the cluster, unless the manifest itself names it. */
function foreignOwner(object: KubeObject, current: KubeObject | undefined): string | undefined {
  const owner = current && fluxOwnerOf(current);
  return owner === fluxOwnerOf(object) ? undefined : owner;
}

/**
 * Whether applying changes nothing. What controllers write in the meantime (status, fields of other managers) is
 * ignored.
 */
function isSame(before: KubeObject, after: KubeObject): boolean {
  return isDeepStrictEqual(appliedPart(before), appliedPart(after));
}

function appliedPart(object: KubeObject): unknown {
  const { status: _, metadata, ...rest } = object;
  return {
    ...rest,
    metadata: {
      ...metadata,
      resourceVersion: undefined,
      managedFields: appliedFieldsOf(object).map((entry) => ({ ...(entry as object), time: undefined })),
    },
  };
}
