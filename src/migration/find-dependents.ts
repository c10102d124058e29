import { fieldAt, listAt, stringAt } from '../kubernetes/fields';
import { artifactGeneratorGvk, helmChartGvk, helmReleaseGvk } from '../kubernetes/flux';
import { namespaceOf } from '../kubernetes/identity';
import { type KubeObject, type ObjectReference, printReference, referenceTo } from '../kubernetes/kube-object';
import type { Run } from '../up/run';

/** An object that still takes a chart from a HelmRepository. */
export interface Dependent {
  readonly object: ObjectReference;
  /** The HelmRepository that it refers to, or a HelmChart of one, as `KIND NAMESPACE/NAME`. */
  readonly source: string;
}

/** Finds the objects in the cluster that take charts from HelmRepositories, directly or through a HelmChart. */
export async function findDependents(
  { objects }: Run,
  repositories: readonly ObjectReference[],
): Promise<readonly Dependent[]> {
  const [charts, releases, generators] = await Promise.all([
    objects.list(helmChartGvk),
    objects.list(helmReleaseGvk),
    objects.list(artifactGeneratorGvk),
  ]);
  const sources = new Set(repositories.map((one) => printReference({ ...one, namespace: namespaceOf(one) })));
  for (const chart of charts) {
    const source = sourceOf(chart, fieldAt(chart, 'spec', 'sourceRef'));
    if (sources.has(source)) sources.add(printReference(referenceTo(chart)));
  }
  const references = [
    ...releases.flatMap((object) => [
      { object, source: sourceOf(object, fieldAt(object, 'spec', 'chart', 'spec', 'sourceRef')) },
      { object, source: sourceOf(object, fieldAt(object, 'spec', 'chartRef')) },
    ]),
    ...generators.flatMap((object) =>
      listAt(object, 'spec', 'sources').map((source) => ({ object, source: sourceOf(object, source) })),
    ),
  ];
  return references
    .filter(({ source }) => sources.has(source))
    .map(({ object, source }) => ({ object: referenceTo(object), source }));
}

/** Resolves a reference as Flux does: the namespace defaults to that of the object. */
function sourceOf(object: KubeObject, reference: unknown): string {
  const [kind = '', name = ''] = [stringAt(reference, 'kind'), stringAt(reference, 'name')];
  const namespace = stringAt(reference, 'namespace') || object.metadata.namespace;
  return printReference({ apiVersion: '', kind, namespace, name });
}
