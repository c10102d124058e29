import type { KubeObject } from '../../src/kubernetes/kube-object';
import { BUNDLE_LABEL } from '../../src/kubernetes/labels';

/** The objects with the name of their bundle, as a bundle writes them. */
export function labeled(objects: readonly KubeObject[], bundle: string): readonly KubeObject[] {
  return objects.map((object) => {
    const labels = { ...object.metadata.labels, [BUNDLE_LABEL]: bundle };
    return { ...object, metadata: { ...object.metadata, labels } };
  });
}
