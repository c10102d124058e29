import { stringAt, stringsAt } from './fields';
import type { KubeObject } from './kube-object';

/** Whether somebody has deleted an object that is still there. */
export function isBeingDeleted(object: KubeObject): boolean {
  return stringAt(object, 'metadata', 'deletionTimestamp') !== undefined;
}

/** Why an object that was deleted still exists, as the end of a sentence about it. */
export function deletionProblem(object: KubeObject): string | undefined {
  if (!isBeingDeleted(object)) return undefined;
  const finalizers = [...stringsAt(object, 'metadata', 'finalizers'), ...stringsAt(object, 'spec', 'finalizers')];
  return `is being deleted, and waits for ${finalizers.length === 0 ? 'Kubernetes' : finalizers.join(', ')}`;
}
