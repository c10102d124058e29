import type { Cluster } from '../cluster/cluster';
import { unknownKind, type WriteOptions } from '../cluster/cluster-objects';
import { type KubeObject, type ObjectReference, printReference, referenceTo } from '../kubernetes/kube-object';
import { untilHolds } from './broken-link';
import { inOrder } from './order';
import { kindsOf, probeCrds } from './probe-crds';
import { Run, type RunOptions } from './run';
import { isSame } from './same';

/** An object of a bundle after it was applied. */
export interface AppliedObject extends ObjectReference {
  /** `unchanged`: nothing was written. */
  readonly result: 'created' | 'configured' | 'unchanged';
}

/**
 * Applies objects in the order in which a cluster can take them: CustomResourceDefinitions, and waits until they are
 * established; Namespaces; the others in their own order. Server-side apply, field manager `eggtooth`; a field that the
 * API server does not know is refused. Applied again, it changes nothing; cut off anywhere, the next run goes on.
 *
 * @returns the objects in the order in which they were applied
 * @throws EggtoothError `ERR_EGGTOOTH_NOT_FOUND`, before anything is written, if a kind is known neither to the cluster
 * nor to the objects; `ERR_EGGTOOTH_NOT_READY` if a CRD is not established in time; any of the {@link Cluster}
 */
export function applyObjects(
  cluster: Cluster,
  objects: readonly KubeObject[],
  options: RunOptions = {},
): Promise<readonly AppliedObject[]> {
  return applyAll(new Run(cluster, options), objects);
}

/** {@link applyObjects} as one step of a run. */
export async function applyAll(run: Run, objects: readonly KubeObject[]): Promise<readonly AppliedObject[]> {
  const { crds, namespaces, rest } = inOrder(objects);
  await assertKnown(run, objects);
  const applied: AppliedObject[] = [];
  const applyEach = async (stage: readonly KubeObject[]) => {
    for (const object of stage) {
      const [reference, result] = [referenceTo(object), await applyOne(run, object)];
      applied.push({ ...reference, result });
      run.say(`${printReference(reference)} ${result} (${applied.length} of ${objects.length})`);
    }
  };
  await applyEach(crds);
  await untilHolds(run, () => probeCrds(run, crds));
  await applyEach([...namespaces, ...rest]);
  return applied;
}

/** Refuses objects of unknown kinds, as long as nothing is written. */
export async function assertKnown({ objects }: Run, bundle: readonly KubeObject[]): Promise<void> {
  const { crds, rest } = inOrder(bundle);
  const coming = crds.flatMap(kindsOf);
  for (const object of rest) {
    const { apiVersion, kind } = object;
    if (coming.some((one) => one.apiVersion === apiVersion && one.kind === kind)) continue;
    if ((await objects.discovery.find(object)) === undefined) throw unknownKind(referenceTo(object));
  }
}

/** What stands already is tried first: the API server counts a few writes that change nothing as changes. */
export async function applyOne(
  { objects }: Run,
  object: KubeObject,
  options: WriteOptions = {},
): Promise<AppliedObject['result']> {
  const current = await objects.get(referenceTo(object));
  if (current !== undefined && isSame(current, await objects.apply(object, { dryRun: true }))) return 'unchanged';
  await objects.apply(object, options);
  return current === undefined ? 'created' : 'configured';
}
