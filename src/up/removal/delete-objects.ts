import { Deadline, poll } from '../../cluster/poll';
import { EggtoothError, isError, undefinedOn } from '../../errors';
import { conditionOf } from '../../kubernetes/conditions';
import { stringAt, stringsAt } from '../../kubernetes/fields';
import { isHelmRelease, isKustomization } from '../../kubernetes/kinds';
import { groupOf, type KubeObject, printReference, referenceTo } from '../../kubernetes/kube-object';
import { mapBounded } from '../../signing/bounded';
import { assertNone } from '../rejections';
import type { Run } from '../run';
import { uidOf } from './keep-reason';
import { inStages } from './removal-order';

/** The finalizer with which a controller of Flux waits for the deletion of its objects. */
const FLUX_FINALIZER = 'finalizers.fluxcd.io';

/** How long to wait for a reconciliation that has begun, in milliseconds: nothing may run that ends it. */
const RECONCILIATION = 15_000;

/** How many objects are deleted at the same time. */
const CONCURRENCY = 8;

/**
 * Deletes objects in stages, each object only as long as it is the one that was read. A failure does not keep others from
 * being deleted, except those of later stages.
 * @param detach - whether Flux must neither uninstall what its objects installed nor delay their deletion
 * @throws EggtoothError with all failures of a stage
 */
export async function deleteObjects(
  run: Run,
  toDelete: readonly KubeObject[],
  { detach = false }: { readonly detach?: boolean } = {},
): Promise<void> {
  for (const stage of inStages(toDelete)) {
    const settled = await mapBounded(stage, CONCURRENCY, async (object) => {
      run.report(`deleting ${printReference(referenceTo(object))}`);
      if (detach) await suspend(run, object);
      await deleteOne(run, object);
      if (detach) await removeFluxFinalizer(run, object);
    });
    const errors = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    const unexpected = errors.find((error) => !(error instanceof EggtoothError));
    if (unexpected !== undefined) throw unexpected;
    assertNone(errors);
  }
}

/** An object that was replaced in the meantime is another one, and stays. */
async function deleteOne({ objects }: Run, object: KubeObject): Promise<void> {
  try {
    await objects.delete(referenceTo(object), { uid: stringAt(object, 'metadata', 'uid') });
  } catch (error) {
    if (!(isError(error, 'ERR_EGGTOOTH_API') && error.status === 409)) throw error;
  }
}

/**
 * A HelmRelease that is suspended is deleted without an uninstallation, and a Kustomization without what it applied: their
 * controllers only remove the finalizer.
 */
async function suspend({ objects, deadline }: Run, object: KubeObject): Promise<void> {
  if (!isHelmRelease(object) && !isKustomization(object)) return;
  const patch = { metadata: { uid: uidOf(object) }, spec: { suspend: true } };
  const options = { purpose: `suspend the ${object.kind}` };
  await undefinedOn(objects.patch(referenceTo(object), patch, options), 'ERR_EGGTOOTH_NOT_FOUND');
  if (!isKustomization(object)) return;
  // A reconciliation that has begun would apply again what is deleted.
  await poll(
    new Deadline(Math.min(RECONCILIATION, deadline.left)),
    () => objects.get(referenceTo(object)),
    (current) => conditionOf(current, 'Reconciling')?.reason !== 'Progressing',
  );
}

/** Removes the finalizer of Flux from an object that is being deleted, because no controller of Flux may be there to do it. */
async function removeFluxFinalizer({ cluster, objects }: Run, object: KubeObject): Promise<void> {
  if (!/(^|\.)fluxcd\.io$/.test(groupOf(object.apiVersion))) return;
  const removeOnce = async () => {
    const current = await objects.get(referenceTo(object));
    if (current === undefined || uidOf(current) !== uidOf(object)) return;
    const finalizers = stringsAt(current, 'metadata', 'finalizers');
    if (!finalizers.includes(FLUX_FINALIZER)) return;
    const metadata = {
      uid: uidOf(object),
      resourceVersion: stringAt(current, 'metadata', 'resourceVersion'),
      finalizers: finalizers.filter((one) => one !== FLUX_FINALIZER),
    };
    const options = { purpose: "remove Flux's finalizer" };
    await undefinedOn(objects.patch(referenceTo(object), { metadata }, options), 'ERR_EGGTOOTH_NOT_FOUND');
  };
  await cluster.retry(removeOnce, ({ status }) => status === 409);
}

/**
 * Waits until objects are gone.
 * @returns those that still exist at the deadline of the run
 */
export async function waitUntilGone(run: Run, deleted: readonly KubeObject[]): Promise<readonly KubeObject[]> {
  return poll(
    run.deadline,
    async () => {
      const settled = await mapBounded(deleted, CONCURRENCY, (object) => run.objects.get(referenceTo(object)));
      return settled.flatMap((one, index) => {
        if (one.status === 'rejected') throw one.reason;
        return one.value !== undefined && uidOf(one.value) === uidOf(deleted[index] as KubeObject) ? [one.value] : [];
      });
    },
    ({ length }) => length === 0,
    { onWait: ([first]) => first && run.wait(`waiting until ${printReference(referenceTo(first))} is deleted`) },
  );
}
