import { type ApiObject, JsonPatch } from 'cdk8s';
import type { Construct } from 'constructs';
import { DEFAULT_INTERVAL, helmReleaseGvk, helmRepositoryGvk } from '../../kubernetes/flux';
import type { HelmReleaseManifest } from '../../kubernetes/flux-manifests';
import { validateChain } from '../chain-validation';
import { ManifestObject } from '../manifest-object';
import type { AssetsRepository } from './assets-repository';
import type { LocalRepository } from './local-repository';

/** A chart in a HelmRepository. */
export interface RepositoryChart {
  /** The HelmRepository. */
  readonly repository: AssetsRepository | LocalRepository;
  /** Name of the chart. */
  readonly name: string;
  /**
   * Version of the chart, or a range of versions.
   * @default - the newest version
   */
  readonly version?: string;
}

/** A chart that is an object of Flux (spec.chartRef). */
export interface ChartReference {
  /** Kind of the object. */
  readonly kind: 'ExternalArtifact' | 'OCIRepository' | 'HelmChart';
  /** Name of the object. */
  readonly name: string;
  /** Namespace of the object. */
  readonly namespace: string;
}

/** Options for a HelmRelease, whatever its chart source is. */
export interface ReleaseOptions {
  /** Name of the HelmRelease. */
  readonly name: string;
  /**
   * Values for the chart. `null` removes a default of the chart.
   * @default - the defaults of the chart
   */
  readonly values?: Readonly<Record<string, unknown>>;
  /**
   * How often Flux compares the cluster with the chart, as a Go duration with ms, s, m and h (spec.interval).
   * @default '5m0s'
   */
  readonly interval?: string;
  /**
   * Other fields of the HelmRelease's spec.
   * @default - none
   */
  readonly spec?: Readonly<Partial<Omit<HelmReleaseManifest['spec'], 'chart' | 'chartRef' | 'interval' | 'values'>>>;
}

/** Props of {@link ChartRelease}. */
export interface ChartReleaseProps extends ReleaseOptions {
  /** Namespace of the HelmRelease, and of its objects unless `spec.targetNamespace` is set. */
  readonly namespace: string;
  /** The chart to install. */
  readonly chart: RepositoryChart | ChartReference;
}

/**
 * A HelmRelease (helm.toolkit.fluxcd.io/v2): a chart that Flux installs, such as the CNI of the cluster.
 *
 * @example
 * ```ts
 * new ChartRelease(chart, 'cilium', {
 *   name: 'cilium',
 *   namespace: 'kube-system',
 *   chart: { repository, name: 'cilium' },
 *   values: { kubeProxyReplacement: true },
 * });
 * ```
 */
export class ChartRelease extends ManifestObject {
  constructor(scope: Construct, id: string, props: ChartReleaseProps) {
    const { name, namespace, chart, values, interval = DEFAULT_INTERVAL, spec } = props;
    const manifest: HelmReleaseManifest = {
      ...helmReleaseGvk,
      metadata: { name, namespace },
      spec: { interval, ...spec, ...sourceOf(chart), ...(values && { values }) },
    };
    super(scope, id, manifest);
    // cdk8s omits null, but for Helm it means to remove a default of the chart.
    const nulls = [...restoredNulls(manifest.spec, '/spec')];
    if (nulls.length > 0) this.addJsonPatch(...nulls);
    validateChain(this);
  }

  /** The HelmRelease: this construct. */
  get apiObject(): ApiObject {
    return this;
  }
}

function sourceOf(chart: ChartReleaseProps['chart']): Pick<HelmReleaseManifest['spec'], 'chart' | 'chartRef'> {
  if ('kind' in chart) return { chartRef: chart };
  const { repository, name, version } = chart;
  const sourceRef = {
    kind: helmRepositoryGvk.kind,
    name: repository.name,
    ...(repository.metadata.namespace && { namespace: repository.metadata.namespace }),
  };
  return { chart: { spec: { chart: name, sourceRef, ...(version !== undefined && { version }) } } };
}

/** Patches for what is null: cdk8s leaves out such a field, and makes such an entry of a list undefined. */
function* restoredNulls(value: unknown, path: string): Iterable<JsonPatch> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, entry] of Object.entries(value)) {
    const below = `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (entry !== null) yield* restoredNulls(entry, below);
    else yield Array.isArray(value) ? JsonPatch.replace(below, null) : JsonPatch.add(below, null);
  }
}
