import { fieldAt, stringAt } from '../kubernetes/fields';
import { helmChartGvk, helmRepositoryGvk } from '../kubernetes/flux';
import { namespaceOf } from '../kubernetes/identity';
import { isHelmChart, isHelmRelease } from '../kubernetes/kinds';
import { type KubeObject, type ObjectReference, referenceTo } from '../kubernetes/kube-object';
import { referenceAt } from './releases';

/** A chart that a bundle takes from a HelmRepository. */
export interface TakenChart {
  /** Name of the chart (spec.chart). */
  readonly name: string;
  /** The versions that are wanted (spec.version), as Flux reads them; `*` if the object states none. */
  readonly version: string;
  /** The HelmRelease or HelmChart that names it. */
  readonly by: ObjectReference;
}

/**
 * The charts that the HelmReleases and HelmCharts of a bundle take from each HelmRepository, by `NAMESPACE/NAME`. Those of
 * suspended objects are left out: Flux does not pull them.
 */
export function readTakenCharts(
  objects: readonly KubeObject[],
): ReadonlyMap<string | undefined, readonly TakenChart[]> {
  const charts = new Map<string | undefined, TakenChart[]>();
  for (const object of objects) {
    const path = isHelmRelease(object) ? ['spec', 'chart', 'spec'] : isHelmChart(object) ? ['spec'] : undefined;
    if (path === undefined || fieldAt(object, 'spec', 'suspend') === true) continue;
    const name = stringAt(object, ...path, 'chart');
    const namespace = namespaceOf(object.metadata);
    const source = referenceAt(fieldAt(object, ...path, 'sourceRef'), namespace);
    if (name === undefined || source.kind !== helmRepositoryGvk.kind) continue;
    const key = repositoryKey({ ...source, ...(object.kind === helmChartGvk.kind && { namespace }) });
    const version = stringAt(object, ...path, 'version') || '*';
    charts.set(key, [...(charts.get(key) ?? []), { name, version, by: referenceTo(object) }]);
  }
  return charts;
}

/** A HelmRepository in the result of {@link readTakenCharts}. */
export function repositoryKey({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}
