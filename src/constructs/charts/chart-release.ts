import { type ApiObject, JsonPatch } from 'cdk8s';
import type { Construct } from 'constructs';
import { helmReleaseGvk, helmRepositoryGvk } from '../../kubernetes/flux';
import { DEFAULT_INTERVAL } from '../../kubernetes/flux-duration';
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
   * Version, or range of versions.
   * @default - the newest
   */
  readonly version?: string;
}

/** A chart that Flux has as an object of its own (spec.chartRef). */
export interface ChartReference {
  readonly kind: 'ExternalArtifact' | 'OCIRepository' | 'HelmChart';
  readonly name: string;
  readonly namespace: string;
}

/** What a release is told, wherever its chart comes from. */
export interface ReleaseOptions {
  /** Name of the HelmRelease. */
  readonly name: string;
  /**
   * Values of the chart; `null` takes one of the chart's own away.
   * @default - the chart's own
   */
  readonly values?: Readonly<Record<string, unknown>>;
  /**
   * How often Flux compares cluster and chart, in Go's notation with ms, s, m, h (spec.interval).
   * @default '5m0s'
   */
  readonly interval?: string;
  /**
   * Any other field of the HelmRelease's spec.
   * @default - none
   */
  readonly spec?: Readonly<Partial<Omit<HelmReleaseManifest['spec'], 'chart' | 'chartRef' | 'interval' | 'values'>>>;
}

/** Props of {@link ChartRelease}. */
export interface ChartReleaseProps extends ReleaseOptions {
  /** Namespace of the HelmRelease, and of what it installs unless `spec.targetNamespace` says otherwise. */
  readonly namespace: string;
  readonly chart: RepositoryChart | ChartReference;
}

/**
 * A HelmRelease (helm.toolkit.fluxcd.io/v2): a chart that Flux installs, such as the CNI that the cluster waits for.
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
    // cdk8s leaves out what is null, and to Helm null means to take a default of the chart away.
    const nulls = pathsOfNulls(values, '/spec/values').map((path) => JsonPatch.add(path, null));
    if (nulls.length > 0) this.addJsonPatch(...nulls);
    validateChain(this);
  }

  /** The HelmRelease: this very construct. */
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

function pathsOfNulls(value: unknown, path: string): string[] {
  if (value === null) return [path];
  if (typeof value !== 'object' || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([key, entry]) =>
    pathsOfNulls(entry, `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  );
}
