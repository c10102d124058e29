import type { KubeObject } from './kube-object';

const [LABEL, VALUE] = ['app.kubernetes.io/managed-by', 'eggtooth'];

/** Labels of every object that the signing step writes. */
export const MANAGED_BY: Readonly<Record<string, string>> = { [LABEL]: VALUE };

/** Whether the signing step wrote an object. */
export function isManaged({ metadata }: KubeObject): boolean {
  return metadata.labels?.[LABEL] === VALUE;
}
