import { isNamespace } from '../kubernetes/kinds';
import type { KubeObject } from '../kubernetes/kube-object';

/**
 * The new bundle, its Namespaces with the old one's labels too. As long as the old assets server is there it has to be able
 * to start again, and pod-security.kubernetes.io/enforce decides on that.
 */
export function withOldLabels(old: readonly KubeObject[], next: readonly KubeObject[]): readonly KubeObject[] {
  const labels = new Map(old.filter(isNamespace).map(({ metadata }) => [metadata.name, metadata.labels]));
  return next.map((object) => {
    const before = isNamespace(object) ? labels.get(object.metadata.name) : undefined;
    if (before === undefined) return object;
    return { ...object, metadata: { ...object.metadata, labels: { ...before, ...object.metadata.labels } } };
  });
}
