import { fieldAt } from './fields';
import type { KubeObject } from './kube-object';

const [LABEL, VALUE] = ['app.kubernetes.io/managed-by', 'eggtooth'];

/** Labels of every object that the signing step writes. */
export const MANAGED_BY: Readonly<Record<string, string>> = { [LABEL]: VALUE };

/** Whether the signing step wrote an object. */
export function isManaged({ metadata }: KubeObject): boolean {
  return metadata.labels?.[LABEL] === VALUE;
}

/**
 * Label of the objects of a bundle, with the name of the bundle. The constructs write it, and so may anybody in manifests
 * of their own.
 */
export const BUNDLE_LABEL = 'eggtooth.dev/bundle';

/** The name of the bundle that an object belongs to. A value that no label can have is none. */
export function bundleOf({ metadata }: KubeObject): string | undefined {
  const name = metadata.labels?.[BUNDLE_LABEL];
  return typeof name === 'string' && LABEL_VALUE.test(name) ? name : undefined;
}

const LABEL_VALUE = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/** Whether a Service selects pods with these labels. Without a selector it selects none. */
export function selects(service: KubeObject, labels: unknown): boolean {
  const wanted = Object.entries(fieldAt(service, 'spec', 'selector') ?? {});
  return wanted.length > 0 && wanted.every(([key, value]) => fieldAt(labels, key) === value);
}
