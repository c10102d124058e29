import { listAt, stringAt } from '../kubernetes/fields';
import type { KubeObject } from '../kubernetes/kube-object';
import { bundleOf, isManaged } from '../kubernetes/labels';

/** The field manager of all objects that eggtooth applies. */
export const FIELD_MANAGER = 'eggtooth';

/**
 * Annotation of the objects that eggtooth applies. An object whose fields were all changed by others is not in
 * metadata.managedFields of eggtooth any longer, and still eggtooth's.
 */
export const APPLIED = 'eggtooth.dev/applied';

/**
 * How eggtooth came to an object, as the annotation says it: it created the object (`true`), somebody else applied the same
 * bundle before (`shared`), or the object existed, and was completed (`existing`) or overwritten (`adopted`).
 */
type Origin = 'true' | 'shared' | 'existing' | 'adopted';

function originOf(object: KubeObject): Origin | undefined {
  const stated = object.metadata.annotations?.[APPLIED];
  if (stated === 'shared' || stated === 'existing' || stated === 'adopted') return stated;
  return stated !== undefined || isManaged(object) || appliedFieldsOf(object).length > 0 ? 'true' : undefined;
}

/** Whether eggtooth has applied an object. */
export function isApplied(object: KubeObject): boolean {
  return originOf(object) !== undefined;
}

/** Whether eggtooth has created an object, or was told to take it over, so that its fields may be overwritten. */
export function mayOverwrite(object: KubeObject): boolean {
  const origin = originOf(object);
  return origin === 'true' || origin === 'adopted';
}

/** Whether an object was created from its bundle, by eggtooth or by who applied the bundle before. */
export function isCreated(object: KubeObject): boolean {
  const origin = originOf(object);
  return origin === 'true' || origin === 'shared';
}

/** An object with the mark of eggtooth. The label of the Secrets is one. */
export function marked(object: KubeObject): KubeObject {
  if (isManaged(object) || object.metadata.annotations?.[APPLIED] !== undefined) return object;
  return withOrigin(object, 'true');
}

/**
 * An object with the mark that it gets when it is applied over another.
 * @param current - the object in the cluster
 * @param adopt - whether eggtooth was told to take it over
 */
export function markedOver(object: KubeObject, current: KubeObject | undefined, adopt: boolean): KubeObject {
  if (isManaged(object)) return object;
  if (current === undefined) return withOrigin(object, 'true');
  const isOfBundle = bundleOf(current) !== undefined && bundleOf(current) === bundleOf(object);
  const origin = originOf(current) ?? (isOfBundle ? 'shared' : 'existing');
  if (!adopt) return withOrigin(object, origin);
  return withOrigin(object, origin === 'true' || origin === 'shared' ? 'true' : 'adopted');
}

function withOrigin(object: KubeObject, origin: Origin): KubeObject {
  const annotations = { ...object.metadata.annotations, [APPLIED]: origin };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/** The entries of metadata.managedFields for what eggtooth applied. */
export function appliedFieldsOf({ metadata }: KubeObject): readonly unknown[] {
  return listAt(metadata, 'managedFields').filter(
    (entry) => stringAt(entry, 'manager') === FIELD_MANAGER && stringAt(entry, 'operation') === 'Apply',
  );
}
