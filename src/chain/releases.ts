import { fieldAt, stringAt } from '../kubernetes/fields';
import { isHelmRelease } from '../kubernetes/kinds';
import type { KubeObject } from '../kubernetes/kube-object';

/** A HelmRelease. */
export interface Release {
  readonly object: KubeObject;
  readonly namespace: string;
  /** The release's name for Helm, as helm-controller makes it where spec.releaseName is not given. */
  readonly helmName: string;
  /** Where its objects go. */
  readonly targetNamespace: string;
  /** Where Helm keeps its history. */
  readonly storageNamespace: string;
  /** Where its chart comes from: each reference that is there. */
  readonly sources: readonly SourceReference[];
}

/** An object that a HelmRelease names as its source. */
export interface SourceReference {
  /** Where the reference stands. */
  readonly field: 'spec.chart.spec.sourceRef' | 'spec.chartRef';
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** Every HelmRelease, in the order of the objects. */
export function readReleases(objects: readonly KubeObject[]): readonly Release[] {
  return objects.filter(isHelmRelease).map((object) => {
    const { name = '', namespace = 'default' } = object.metadata;
    const target = stringAt(object, 'spec', 'targetNamespace') || undefined;
    return {
      object,
      namespace,
      helmName: stringAt(object, 'spec', 'releaseName') || (target === undefined ? name : `${target}-${name}`),
      targetNamespace: target ?? namespace,
      storageNamespace: stringAt(object, 'spec', 'storageNamespace') || namespace,
      sources: (['spec.chart.spec.sourceRef', 'spec.chartRef'] as const).flatMap((field) => {
        const path = field.split('.');
        // spec.chart without a sourceRef is a reference too, to nothing.
        if (fieldAt(object, ...path.slice(0, 2)) === undefined) return [];
        return [{ field, ...referenceAt(fieldAt(object, ...path), namespace) }];
      }),
    };
  });
}

/** A reference to an object by kind, namespace and name; the namespace is the referrer's if it is not given. */
export function referenceAt(value: unknown, namespace: string): { kind: string; namespace: string; name: string } {
  return {
    kind: stringAt(value, 'kind') ?? '',
    namespace: stringAt(value, 'namespace') || namespace,
    name: stringAt(value, 'name') ?? '',
  };
}
