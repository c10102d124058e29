import type { KubeObject } from '../../kubernetes/kube-object';
import { EXISTING_ANNOTATION, existingEntry, isStatedToExist } from '../existing-objects';
import type { Fault, Rule } from '../finding';
import type { SourceReference } from '../releases';
import { Sources } from '../sources';

/** The kinds that the CRD of HelmReleases allows in each reference. */
const kinds: Readonly<Record<SourceReference['field'], readonly string[]>> = {
  'spec.chart.spec.sourceRef': ['HelmRepository', 'GitRepository', 'Bucket'],
  'spec.chartRef': ['OCIRepository', 'HelmChart', 'ExternalArtifact'],
};

/**
 * A HelmRelease has one source of its chart, which the bundle contains, or which it states to be on the cluster. The source
 * may be in another bundle, so a missing one is a warning.
 */
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
          message: none ? 'neither chart nor chartRef is set' : 'both chart and chartRef are set',
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
      message: `${JSON.stringify(kind)} is not a kind that is allowed here`,
      fix: `use one of ${kinds[field].join(', ')}${kind === 'OCIRepository' ? ', or refer to the OCIRepository by spec.chartRef' : ''}`,
    };
  }
  if (brought.has(kind, namespace, name) || isStatedToExist(object, source)) return undefined;
  const [elsewhere] = brought.namespacesOf(kind, name);
  const maker = kind === 'ExternalArtifact' ? ', or the ArtifactGenerator that creates it,' : '';
  return {
    object,
    field,
    message: `${kind} ${namespace}/${name} is not in the bundle, so Flux cannot find the chart`,
    fix:
      elsewhere === undefined
        ? `add the ${kind}${maker} to the bundle, or name one that is in it. If the cluster has it already, set the annotation ${EXISTING_ANNOTATION}: ${existingEntry(source)}`
        : `name its namespace: the bundle has one in ${elsewhere}`,
    severity: 'warning',
  };
}
