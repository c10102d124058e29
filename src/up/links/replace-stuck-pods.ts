import { isError } from '../../errors';
import { fieldAt, listAt, stringAt } from '../../kubernetes/fields';
import { namespaceOf } from '../../kubernetes/identity';
import { type KubeObject, printReference, referenceTo } from '../../kubernetes/kube-object';
import type { Run } from '../run';
import type { BrokenLink } from './broken-link';
import { labelsAt, POD, podReference } from './probe-pods';

/**
 * Deletes the pods of a StatefulSet that have an older revision and were never ready, so that its controller recreates
 * them: it waits for such a pod indefinitely, for example one whose image does not exist.
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback
 * @param statefulSet - as in the bundle
 * @returns what is yet to happen; `undefined` if the StatefulSet has no such pod
 */
export async function replaceStuckPods(run: Run, statefulSet: KubeObject): Promise<BrokenLink | undefined> {
  const object = referenceTo(statefulSet);
  const current = await run.objects.get(object);
  if (current === undefined) return undefined;
  if (!isObserved(current)) {
    return { object, problem: 'its last change is not observed', fix: 'check that kube-controller-manager runs' };
  }
  const labels = labelsAt(current, 'spec', 'selector', 'matchLabels');
  const pods = await run.objects.list(POD, { namespace: namespaceOf(current.metadata), labels });
  const stuck = pods.filter((pod) => isStuck(pod, current));
  for (const pod of stuck) await replace(run, pod);
  return stuck[0] && { object: podReference(stuck[0]), problem: 'is deleted, and not gone yet', fix: 'check its node' };
}

async function replace(run: Run, pod: KubeObject): Promise<void> {
  try {
    await run.objects.delete(podReference(pod), { uid: stringAt(pod, 'metadata', 'uid') });
    run.report(
      `${printReference(podReference(pod))} deleted: it was never ready, and its StatefulSet has changed since`,
    );
  } catch (error) {
    // The pod has been replaced in the meantime.
    if (!(isError(error, 'ERR_EGGTOOTH_API') && error.status === 409)) throw error;
  }
}

/**
 * Whether the controller of a StatefulSet waits for a pod that it would replace: the pod has an older revision, and was
 * never ready. Pods below the partition keep an older revision on purpose.
 */
export function isStuck(pod: KubeObject, statefulSet: KubeObject): boolean {
  const { metadata } = pod;
  const isOwned = listAt(metadata, 'ownerReferences').some(
    (owner) =>
      fieldAt(owner, 'controller') === true && fieldAt(owner, 'uid') === fieldAt(statefulSet, 'metadata', 'uid'),
  );
  const revision = metadata.labels?.['controller-revision-hash'];
  const isOlder = revision !== undefined && revision !== stringAt(statefulSet, 'status', 'updateRevision');
  const isDeleted = fieldAt(metadata, 'deletionTimestamp') !== undefined;
  return isOwned && isOlder && !isDeleted && isUpdated(pod, statefulSet) && wasNeverReady(pod);
}

function isObserved(statefulSet: KubeObject): boolean {
  const generation = fieldAt(statefulSet, 'metadata', 'generation');
  return generation !== undefined && fieldAt(statefulSet, 'status', 'observedGeneration') === generation;
}

/** Whether the update strategy of a StatefulSet lets its controller update a pod. */
function isUpdated({ metadata }: KubeObject, statefulSet: KubeObject): boolean {
  const number = (...path: string[]) => Number(fieldAt(statefulSet, 'spec', ...path) ?? 0);
  const ordinal = Number(/\d+$/.exec(metadata.name ?? '')?.[0]);
  const isAutomatic = stringAt(statefulSet, 'spec', 'updateStrategy', 'type') !== 'OnDelete';
  return isAutomatic && ordinal - number('ordinals', 'start') >= number('updateStrategy', 'rollingUpdate', 'partition');
}

/**
 * Whether a pod was never ready. kubelet reports it as not ready at first, at the latest when it is initialized. If that
 * has changed since, the pod was ready in between.
 */
function wasNeverReady(pod: KubeObject): boolean {
  const [ready, initialized] = ['Ready', 'Initialized'].map((type) =>
    listAt(pod, 'status', 'conditions').find((one) => stringAt(one, 'type') === type),
  );
  if (ready === undefined) return true;
  if (stringAt(ready, 'status') === 'True') return false;
  const time = (condition: unknown) => Date.parse(stringAt(condition, 'lastTransitionTime') ?? '');
  return stringAt(initialized, 'status') !== 'True' || time(ready) <= time(initialized);
}
