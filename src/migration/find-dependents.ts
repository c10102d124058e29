import { fieldAt, listAt, stringAt } from '../kubernetes/fields';
import { artifactGeneratorGvk, helmChartGvk, helmReleaseGvk } from '../kubernetes/flux';
import { type KubeObject, type ObjectReference, printReference, referenceTo } from '../kubernetes/kube-object';
import type { Run } from '../up/run';
import { listAll } from './list-all';

/** An object that still takes a chart out of a HelmRepository. */
export interface Dependent {
  readonly object: ObjectReference;
  /** The HelmRepository that it names, or a HelmChart of one: `HelmRepository NAMESPACE/NAME`. */
  readonly source: string;
}

/**
 * Finds the HelmReleases in the whole cluster that take charts out of HelmRepositories, be it by way of a HelmChart or an
 * ArtifactGenerator.
 */
export async function findDependents(
  run: Run,
  repositories: readonly ObjectReference[],
): Promise<readonly Dependent[]> {
  const [charts, releases, generators] = await Promise.all([
    listAll(run, helmChartGvk),
    listAll(run, helmReleaseGvk),
    listAll(run, artifactGeneratorGvk),
  ]);
  const sources = new Set(repositories.map(printReference));
  for (const chart of charts) {
    if (sources.has(named(chart, fieldAt(chart, 'spec', 'sourceRef')))) sources.add(printReference(referenceTo(chart)));
  }
  const references = [
    ...releases.flatMap((object) => [
      { object, source: named(object, fieldAt(object, 'spec', 'chart', 'spec', 'sourceRef')) },
      { object, source: named(object, fieldAt(object, 'spec', 'chartRef')) },
    ]),
    ...generators.flatMap((object) =>
      listAt(object, 'spec', 'sources').map((source) => ({ object, source: named(object, source) })),
    ),
  ];
  return references
    .filter(({ source }) => sources.has(source))
    .map(({ object, source }) => ({ object: referenceTo(object), source }));
}

/** A reference as Flux reads it: without a namespace it means the object's own. */
function named(object: KubeObject, reference: unknown): string {
  const [kind = '', name = ''] = [stringAt(reference, 'kind'), stringAt(reference, 'name')];
  const namespace = stringAt(reference, 'namespace') || object.metadata.namespace;
  return printReference({ apiVersion: '', kind, namespace, name });
}
