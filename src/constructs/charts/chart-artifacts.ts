import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { EggtoothError } from '../../errors';
import { artifactGeneratorGvk, externalArtifactGvk } from '../../kubernetes/flux';
import type { ArtifactGeneratorManifest } from '../../kubernetes/flux-manifests';
import type { ObjectReference } from '../../kubernetes/kube-object';
import { validateChain } from '../chain-validation';
import { ManifestObject } from '../manifest-object';
import { type ArtifactSource, sourceProblems } from './artifact-source';
import { type ChartArtifact, chartProblems, copyOperations } from './chart-copies';
import type { ChartReference } from './chart-release';

/** Props of {@link ChartArtifacts}. */
export interface ChartArtifactsProps {
  /** Name of the ArtifactGenerator. */
  readonly name: string;
  /** Namespace of the ArtifactGenerator and of its ExternalArtifacts. */
  readonly namespace: string;
  /** The sources of the files. Paths without an alias are in the first one. */
  readonly sources: readonly ArtifactSource[];
  /** The charts, each of which becomes an ExternalArtifact. */
  readonly charts: readonly ChartArtifact[];
  /**
   * Labels of the ArtifactGenerator.
   * @default - none
   */
  readonly labels?: Readonly<Record<string, string>>;
}

/**
 * An ArtifactGenerator (source.extensions.fluxcd.io/v1beta1) that extracts charts from sources: source-watcher creates an
 * ExternalArtifact for each, which a HelmRelease installs. A chart keeps its revision until its files change.
 *
 * Requires Flux 2.7 with source-watcher, and the feature gate ExternalArtifact of helm-controller.
 *
 * @example
 * ```ts
 * const artifacts = new ChartArtifacts(chart, 'network', {
 *   name: 'network',
 *   namespace: 'platform',
 *   sources: [assets.source],
 *   charts: [{ name: 'network-cilium', path: 'system/cilium', libraries: ['library/common'] }],
 * });
 * artifacts.chartRef('network-cilium'); // { kind: 'ExternalArtifact', name: 'network-cilium', namespace: 'platform' }
 * ```
 */
export class ChartArtifacts extends ManifestObject {
  private readonly reference: ObjectReference;
  private readonly artifacts: readonly ChartReference[];

  /** @throws EggtoothError `ERR_EGGTOOTH_SOURCE` if source-watcher could not use a source or create an artifact */
  constructor(scope: Construct, id: string, props: ChartArtifactsProps) {
    const { name, namespace, sources, charts } = props;
    const reference = { ...artifactGeneratorGvk, namespace, name };
    for (const { problem, fix } of [...sourceProblems(sources), ...chartProblems(charts, sources)]) {
      throw new EggtoothError('ERR_EGGTOOTH_SOURCE', problem, { fix, object: reference });
    }
    super(scope, id, artifactGenerator(props));
    this.reference = reference;
    this.artifacts = charts.map((chart) => ({ kind: externalArtifactGvk.kind, name: chart.name, namespace }));
    validateChain(this);
  }

  /** The ArtifactGenerator: this construct. */
  get apiObject(): ApiObject {
    return this;
  }

  /**
   * The value for spec.chartRef of a HelmRelease that installs one of the charts.
   * @param name - name of the ExternalArtifact
   * @throws EggtoothError `ERR_EGGTOOTH_SOURCE` if there is no such chart
   */
  chartRef(name: string): ChartReference {
    const found = this.artifacts.find((artifact) => artifact.name === name);
    if (found !== undefined) return found;
    throw new EggtoothError('ERR_EGGTOOTH_SOURCE', `has no chart ${JSON.stringify(name)}`, {
      fix: `use one of ${this.artifacts.map((artifact) => artifact.name).join(', ')}`,
      object: this.reference,
    });
  }
}

function artifactGenerator({
  name,
  namespace,
  labels,
  sources,
  charts,
}: ChartArtifactsProps): ArtifactGeneratorManifest {
  const [first] = sources;
  return {
    ...artifactGeneratorGvk,
    metadata: { name, namespace, ...(labels && { labels }) },
    spec: {
      sources: sources.map((source) => ({ ...source })),
      artifacts: charts.map((chart) => ({ name: chart.name, copy: copyOperations(chart, first?.alias ?? '') })),
    },
  };
}
