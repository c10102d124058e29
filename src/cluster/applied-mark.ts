import { listAt, stringAt } from '../kubernetes/fields';
import type { KubeObject } from '../kubernetes/kube-object';
import { isManaged } from '../kubernetes/labels';

/** The field manager of all objects that eggtooth applies. */
export const FIELD_MANAGER = 'eggtooth';

/**
 * Annotation of the objects that eggtooth applies. An object whose fields were all changed by others is not in
 * metadata.managedFields of eggtooth any longer, and still eggtooth's.
 */
const APPLIED = 'eggtooth.dev/applied';

/** Whether eggtooth has applied an object, so that its fields may be overwritten. */
export function isApplied(object: KubeObject): boolean {
  const isMarked = isManaged(object) || object.metadata.annotations?.[APPLIED] !== undefined;
  return isMarked || appliedFieldsOf(object).length > 0;
}

/** An object with the mark that {@link isApplied} looks for. The label of the Secrets is one. */
export function marked(object: KubeObject): KubeObject {
  if (isManaged(object)) return object;
  const annotations = { ...object.metadata.annotations, [APPLIED]: 'true' };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/** The entries of metadata.managedFields for what eggtooth applied. */
export function appliedFieldsOf({ metadata }: KubeObject): readonly unknown[] {
  return listAt(metadata, 'managedFields').filter(
    (entry) => stringAt(entry, 'manager') === FIELD_MANAGER && stringAt(entry, 'operation') === 'Apply',
  );
}
