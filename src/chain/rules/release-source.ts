import type { KubeObject } from '../../kubernetes/kube-object';
import type { Fault, Rule } from '../finding';
import type { SourceReference } from '../releases';
import { Sources } from '../sources';

/** The kinds that each reference may name, by the CRD of HelmReleases. */
const kinds: Readonly<Record<SourceReference['field'], readonly string[]>> = {
  'spec.chart.spec.sourceRef': ['HelmRepository', 'GitRepository', 'Bucket'],
  'spec.chartRef': ['OCIRepository', 'HelmChart', 'ExternalArtifact'],
};

/** A HelmRelease needs one source for its chart, and on a new cluster there is none but what the bundle brings. */
export const releaseSource: Rule = {
  id: 'release-source',
  severity: 'error',
  *check({ objects, releases }) {
    if (releases.length === 0) return;
    const brought = new Sources(objects);
    for (const { object, sources } of releases) {
      const [source, other] = sources;
      if (source === undefined || other !== undefined) {
        const none = source === undefined;
        yield {
          object,
          field: none ? 'spec' : 'spec.chartRef',
          message: `${none ? 'neither chart nor chartRef is set' : 'chart is set too'}, so it cannot be told where the chart is`,
          fix: 'set exactly one of spec.chart and spec.chartRef',
        };
        continue;
      }
      const fault = faultOf(object, source, brought);
      if (fault !== undefined) yield fault;
    }
  },
};

function faultOf(object: KubeObject, source: SourceReference, brought: Sources): Fault | undefined {
  const { field, kind, namespace, name } = source;
  if (!kinds[field].includes(kind)) {
    return {
      object,
      field: `${field}.kind`,
      message: `${JSON.stringify(kind)} is no kind that may stand here`,
      fix: `name one of ${kinds[field].join(', ')}${kind === 'OCIRepository' ? ', or an OCIRepository by spec.chartRef' : ''}`,
    };
  }
  if (brought.has(kind, namespace, name)) return undefined;
  const [elsewhere] = brought.namespacesOf(kind, name);
  const maker = kind === 'ExternalArtifact' ? ', made by an ArtifactGenerator,' : '';
  return {
    object,
    field,
    message: `the bundle brings no ${kind} ${namespace}/${name}, so the chart would never be found`,
    fix:
      elsewhere === undefined
        ? `add that ${kind}${maker} to the bundle, or name one that is in it`
        : `name its namespace: there is one in ${elsewhere}`,
  };
}
