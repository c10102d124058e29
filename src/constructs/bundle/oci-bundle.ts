import { type ApiObject, Chart, type ChartProps } from 'cdk8s';
import type { Construct } from 'constructs';
import type { ApiServer } from '../../chain/api-server';
import { ChartArtifacts } from '../charts/chart-artifacts';
import type { ChartArtifact } from '../charts/chart-copies';
import { ChartRelease, type ReleaseOptions } from '../charts/chart-release';
import { OciAssets, type OciAssetsOptions } from '../charts/oci-assets';
import type { FluxAio } from '../flux-aio/flux-aio';
import { addFlux, type BundleFlux } from './bundle-flux';
import { assertOwnFile, unusedId } from './bundle-name';
import { addNamespaces } from './bundle-namespaces';

/** A HelmRelease of an {@link OciBundle}; its chart is the artifact of its own name, unless `chart` says otherwise. */
export interface OciRelease extends ReleaseOptions {
  /** @default - the bundle's namespace */
  readonly namespace?: string;
  /**
   * Name of one of the bundle's charts.
   * @default - the release's
   */
  readonly chart?: string;
}

/** Props of {@link OciBundle}. */
export interface OciBundleProps extends Omit<ChartProps, 'namespace'> {
  /** Where Flux finds the API server. */
  readonly apiServer: ApiServer;
  /** Namespace of the OCIRepository, and of the charts that are made of it. */
  readonly namespace: string;
  /** The artifact with the charts. */
  readonly assets: OciAssetsOptions;
  /** The charts in it, each of which becomes an ExternalArtifact. */
  readonly charts: readonly ChartArtifact[];
  /**
   * Flux itself, with its CRDs. `{}` takes all defaults.
   * @default - none: Flux comes from elsewhere
   */
  readonly flux?: BundleFlux;
  /**
   * What Flux installs.
   * @default - none
   */
  readonly releases?: readonly OciRelease[];
}

/**
 * A bundle whose charts come out of a registry: no assets server, no certificate. Needs nodes that reach the registry, and
 * source-watcher in Flux. `eggtooth migrate` leads from a {@link BootstrapBundle} to it.
 *
 * @example
 * ```ts
 * new OciBundle(app, 'bundle', {
 *   apiServer: ApiServer.fromUrl('https://example.org:6443'),
 *   namespace: 'platform',
 *   assets: { name: 'platform', url: 'oci://registry.example/platform/charts', version: { semver: '1.x' } },
 *   charts: [{ name: 'cilium', path: 'system/cilium' }],
 *   flux: {},
 *   releases: [{ name: 'cilium', namespace: 'kube-system' }],
 * });
 * ```
 */
export class OciBundle extends Chart {
  /** The Namespaces, by name. */
  readonly namespaces: ReadonlyMap<string, ApiObject>;
  /** Flux, if it is part of the bundle. */
  readonly flux?: FluxAio;
  /** The OCIRepository. */
  readonly assets: OciAssets;
  /** The ArtifactGenerator. */
  readonly charts: ChartArtifacts;
  /** The HelmReleases, in the order of the props. */
  readonly releases: readonly ChartRelease[];

  /**
   * @throws EggtoothError `ERR_EGGTOOTH_OPTION` if another bundle of the App has the id or the file,
   * `ERR_EGGTOOTH_SOURCE` if a release names a chart that is none of the bundle's; and what its parts throw
   */
  constructor(scope: Construct, id: string, props: OciBundleProps) {
    super(scope, unusedId(scope, id), { ...props, namespace: undefined });
    assertOwnFile(this);
    const { apiServer, namespace, assets, charts } = props;
    const releases = (props.releases ?? []).map((release) => ({ namespace, ...release }));
    this.flux = props.flux && addFlux(this, props.flux, apiServer);
    this.namespaces = addNamespaces(this, [namespace, ...releases.map((one) => one.namespace)], this.flux);
    this.assets = new OciAssets(this, 'assets', { ...assets, namespace });
    this.charts = new ChartArtifacts(this, 'charts', {
      name: assets.name,
      namespace,
      sources: [this.assets.source],
      charts,
    });
    this.releases = releases.map(
      ({ chart, ...release }) =>
        new ChartRelease(this, `release-${release.namespace}-${release.name}`, {
          ...release,
          chart: this.charts.chartRef(chart ?? release.name),
        }),
    );
  }
}
