import { fieldAt } from './fields';
import type { KubeObject } from './kube-object';

const [LABEL, VALUE] = ['app.kubernetes.io/managed-by', 'eggtooth'];

/** Labels of every object that the signing step writes. */
export const MANAGED_BY: Readonly<Record<string, string>> = { [LABEL]: VALUE };

/** Whether the signing step wrote an object. */
export function isManaged({ metadata }: KubeObject): boolean {
  return metadata.labels?.[LABEL] === VALUE;
}

/** Whether a Service selects pods with these labels. Without a selector it selects none. */
export function selects(service: KubeObject, labels: unknown): boolean {
  const wanted = Object.entries(fieldAt(service, 'spec', 'selector') ?? {});
  return wanted.length > 0 && wanted.every(([key, value]) => fieldAt(labels, key) === value);
}
