import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { ociRepositoryGvk } from '../../kubernetes/flux';
import { validateChain } from '../chain-validation';
import { ManifestObject } from '../manifest-object';
import type { ChartReference } from './chart-release';
import { type OciSourceOptions, ociRepository } from './oci-source';

/** Options for {@link OciChart}. */
export interface OciChartOptions extends OciSourceOptions {}

/** Props of {@link OciChart}. */
export interface OciChartProps extends OciChartOptions {
  /** Namespace of the OCIRepository, and of the Secrets and the ServiceAccount that it names. */
  readonly namespace: string;
}

/** The layer of the artifact that is the chart, which helm-controller reads as the archive that it is. */
const CHART_LAYER = { mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip', operation: 'copy' } as const;

/**
 * An OCIRepository (source.toolkit.fluxcd.io/v1): one Helm chart in a registry, as `helm push` makes it. Flux reads it from
 * the registry, without the API server's proxy and without a certificate. A {@link ChartRelease} installs it by `chartRef`.
 *
 * @example
 * ```ts
 * const cilium = new OciChart(chart, 'cilium-chart', {
 *   name: 'cilium',
 *   namespace: 'kube-system',
 *   url: 'oci://quay.io/cilium/charts/cilium',
 *   version: { semver: '1.18.x' },
 * });
 * new ChartRelease(chart, 'cilium', { name: 'cilium', namespace: 'kube-system', chart: cilium.chartRef });
 * ```
 */
export class OciChart extends ManifestObject {
  /** The URL that Flux reads. */
  readonly url: string;
  /** The value for spec.chartRef of a HelmRelease that installs the chart. */
  readonly chartRef: ChartReference;

  /**
   * @throws EggtoothError `ERR_EGGTOOTH_SOURCE` if Flux would refuse an option or ignore it, `ERR_EGGTOOTH_OPTION` if a name
   * is invalid
   */
  constructor(scope: Construct, id: string, props: OciChartProps) {
    super(scope, id, ociRepository(props, CHART_LAYER));
    const { name, namespace, url } = props;
    this.url = url;
    this.chartRef = { kind: ociRepositoryGvk.kind, name, namespace };
    validateChain(this);
  }

  /** The OCIRepository: this construct. */
  get apiObject(): ApiObject {
    return this;
  }
}
