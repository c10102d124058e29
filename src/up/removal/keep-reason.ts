import { appliedFieldsOf, isCreated } from '../../cluster/applied-mark';
import { deletionProblem, isBeingDeleted } from '../../kubernetes/deletion';
import { fieldAt } from '../../kubernetes/fields';
import { fluxOwnerOf } from '../../kubernetes/flux-owner';
import { isBuiltInNamespace, isCrd, isNamespace } from '../../kubernetes/kinds';
import { type KubeObject, printReference, referenceTo } from '../../kubernetes/kube-object';
import { kindsOf } from '../links/probe-crds';
import type { Run } from '../run';
import { type Inventory, listKinds, readContents } from './inventory';
import { isIssued } from './removal-order';

/**
 * Why an object is not eggtooth's to delete.
 * @param removed - objects of Flux that are deleted too, as {@link fluxOwnerOf} names them
 */
export function foreignReason(object: KubeObject, removed: readonly string[] = []): string | undefined {
  const owner = fluxOwnerOf(object);
  if (owner !== undefined) return removed.includes(owner) ? undefined : `managed by ${owner}`;
  if (isIssued(object)) return undefined;
  // A copy of an object has its labels and annotations, and other field managers.
  if (appliedFieldsOf(object).length === 0) return 'eggtooth did not apply it';
  return isCreated(object) ? undefined : 'it existed before eggtooth applied it';
}

/** Why an object that was deleted still exists. */
export function hangingReason(object: KubeObject): string | undefined {
  const problem = deletionProblem(object);
  return problem && `it ${problem}`;
}

/** How many objects a reason names. */
const NAMED = 3;

/**
 * Why something else would be lost if an object were deleted: what a Namespace contains, and the objects of a
 * CustomResourceDefinition.
 * @param removed - what is deleted before
 */
export async function contentReason(
  run: Run,
  object: KubeObject,
  removed: readonly KubeObject[],
): Promise<string | undefined> {
  const { name = '' } = object.metadata;
  if (isNamespace(object) && isBuiltInNamespace(name)) return 'every cluster has it';
  const contents = await contentsOf(run, object);
  if (contents === undefined) return undefined;
  const uids = new Set(removed.map(uidOf));
  const others = contents.objects.filter((one) => !uids.has(uidOf(one)) && !isBeingDeleted(one));
  if (others.length > 0) {
    const named = others.slice(0, NAMED).map((one) => printReference(referenceTo(one)));
    const more = others.length > NAMED ? ` and ${others.length - NAMED} more` : '';
    return `${isNamespace(object) ? 'it contains' : 'there are objects of its kind:'} ${named.join(', ')}${more}`;
  }
  const [unread] = contents.unread;
  return unread && `it may contain objects of ${unread.what}: ${unread.reason}`;
}

async function contentsOf(run: Run, object: KubeObject): Promise<Inventory | undefined> {
  if (isNamespace(object)) return readContents(run, object.metadata.name ?? '');
  const [kind] = isCrd(object) ? kindsOf(object) : [];
  return kind && listKinds([kind], (one) => run.objects.list(one));
}

/** `metadata.uid` of an object in the cluster. */
export function uidOf(object: KubeObject): unknown {
  return fieldAt(object, 'metadata', 'uid');
}
