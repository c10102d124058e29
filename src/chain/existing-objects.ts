import { stringAt } from '../kubernetes/fields';
import type { KubeObject } from '../kubernetes/kube-object';

/**
 * Annotation of a HelmRelease: the objects that it refers to and that are on the cluster already, as
 * `KIND/NAMESPACE/NAME`, separated by commas.
 */
export const EXISTING_ANNOTATION = 'eggtooth.dev/existing';

/** An object that another one refers to. */
export interface ExistingObject {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** The entry of an object in the annotation. */
export function existingEntry({ kind, namespace, name }: ExistingObject): string {
  return `${kind}/${namespace}/${name}`;
}

/** Whether a HelmRelease states that the cluster has an object. */
export function isStatedToExist(release: KubeObject, object: ExistingObject): boolean {
  const entries = stringAt(release, 'metadata', 'annotations', EXISTING_ANNOTATION)?.split(',') ?? [];
  return entries.some((entry) => entry.trim() === existingEntry(object));
}
