import { isDeepStrictEqual } from 'node:util';
import { isClusterScoped } from './kinds';
import { groupOf, type KubeObject } from './kube-object';

/** The namespace of an object of a namespaced kind that states none. */
export const DEFAULT_NAMESPACE = 'default';

/** The namespace of an object of a namespaced kind. */
export function namespaceOf({ namespace }: KubeObject['metadata']): string {
  return namespace || DEFAULT_NAMESPACE;
}

/**
 * What distinguishes an object from all others in any version of its API: group, kind, namespace and name. For a
 * cluster-scoped kind of a CRD, which is not known as such, the namespace is what the object states.
 */
export function identityOf(object: KubeObject): string {
  const { apiVersion, kind, metadata } = object;
  const namespace = isClusterScoped(object) ? '' : namespaceOf(metadata);
  return `${groupOf(apiVersion)} ${kind} ${namespace}/${metadata.name}`;
}

/** Objects without those that are equal to an earlier one: to apply an object twice is to apply it once. */
export function distinct(objects: readonly KubeObject[]): readonly KubeObject[] {
  const seen = new Map<string, KubeObject[]>();
  return objects.filter((object) => {
    if (object.metadata.name === undefined) return true;
    const key = identityOf(object);
    const others = seen.get(key) ?? [];
    if (others.some((other) => isDeepStrictEqual(other, object))) return false;
    seen.set(key, [...others, object]);
    return true;
  });
}
