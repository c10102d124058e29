import { fieldAt, stringAt } from '../kubernetes/fields';
import { namespaceOf } from '../kubernetes/identity';
import { isHelmRelease } from '../kubernetes/kinds';
import type { KubeObject } from '../kubernetes/kube-object';

/** A HelmRelease. */
export interface Release {
  /** The HelmRelease. */
  readonly object: KubeObject;
  /** Its namespace. */
  readonly namespace: string;
  /** Helm's name of the release: spec.releaseName, or the name that helm-controller derives. */
  readonly helmName: string;
  /** Namespace that its objects are installed into. */
  readonly targetNamespace: string;
  /** Namespace that Helm stores its history in. */
  readonly storageNamespace: string;
  /** The sources of its chart: exactly one in a valid HelmRelease. */
  readonly sources: readonly SourceReference[];
}

/** An object that a HelmRelease names as its source. */
export interface SourceReference {
  /** Path of the reference. */
  readonly field: 'spec.chart.spec.sourceRef' | 'spec.chartRef';
  /** Kind of the source. */
  readonly kind: string;
  /** Namespace of the source. */
  readonly namespace: string;
  /** Name of the source. */
  readonly name: string;
}

/** Every HelmRelease, in the order of the objects. */
export function readReleases(objects: readonly KubeObject[]): readonly Release[] {
  return objects.filter(isHelmRelease).map((object) => {
    const { name = '' } = object.metadata;
    const namespace = namespaceOf(object.metadata);
    const target = stringAt(object, 'spec', 'targetNamespace') || undefined;
    return {
      object,
      namespace,
      helmName: stringAt(object, 'spec', 'releaseName') || (target === undefined ? name : `${target}-${name}`),
      targetNamespace: target ?? namespace,
      storageNamespace: stringAt(object, 'spec', 'storageNamespace') || namespace,
      sources: (['spec.chart.spec.sourceRef', 'spec.chartRef'] as const).flatMap((field) => {
        const path = field.split('.');
        // spec.chart without a sourceRef counts as a reference with empty fields.
        if (fieldAt(object, ...path.slice(0, 2)) === undefined) return [];
        return [{ field, ...referenceAt(fieldAt(object, ...path), namespace) }];
      }),
    };
  });
}

/**
 * Reads a reference to an object.
 * @param namespace - the default of the reference's namespace
 */
export function referenceAt(value: unknown, namespace: string): { kind: string; namespace: string; name: string } {
  return {
    kind: stringAt(value, 'kind') ?? '',
    namespace: stringAt(value, 'namespace') || namespace,
    name: stringAt(value, 'name') ?? '',
  };
}
