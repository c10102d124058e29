import { type ApiObject, Chart, type ChartProps } from 'cdk8s';
import type { Construct } from 'constructs';
import type { ApiServer } from '../../chain/api-server';
import { ChartArtifacts } from '../charts/chart-artifacts';
import type { ChartArtifact } from '../charts/chart-copies';
import { type ChartReference, ChartRelease, type ReleaseOptions } from '../charts/chart-release';
import { OciAssets, type OciAssetsOptions } from '../charts/oci-assets';
import type { FluxAio } from '../flux-aio/flux-aio';
import type { FluxSync } from '../sync/flux-sync';
import { assertProps } from './assert-props';
import { addFlux, type BundleFlux } from './bundle-flux';
import { assertDistinct, assertOwnFile, bundleLabels, objectId, unusedId } from './bundle-name';
import { addNamespaces } from './bundle-namespaces';
import { addSync, type BundleSync } from './bundle-sync';

/** Options for a HelmRelease of an {@link OciBundle}. */
export interface OciRelease extends ReleaseOptions {
  /**
   * Namespace of the HelmRelease.
   * @default - the namespace of the bundle
   */
  readonly namespace?: string;
  /**
   * Name of a chart of the bundle, or a chart that is on the cluster already (`exists: true`).
   * @default - the name of the release
   */
  readonly chart?: string | ChartReference;
}

/** Props of {@link OciBundle}. */
export interface OciBundleProps extends Omit<ChartProps, 'namespace'> {
  /** The API server that Flux connects to. */
  readonly apiServer: ApiServer;
  /** Namespace of the OCIRepository, the ArtifactGenerator and the charts. */
  readonly namespace: string;
  /** The artifact that contains the charts. */
  readonly assets: OciAssetsOptions;
  /** The charts in the artifact, each of which becomes an ExternalArtifact. */
  readonly charts: readonly ChartArtifact[];
  /**
   * Adds Flux and its CRDs. `{}` uses all defaults.
   * @default - the bundle contains no Flux
   */
  readonly flux?: BundleFlux;
  /**
   * The HelmReleases that Flux installs.
   * @default - none
   */
  readonly releases?: readonly OciRelease[];
  /**
   * Hands the bundle over to Git or to an OCI registry; see {@link BootstrapBundleProps.sync}.
   * @default - nothing is handed over
   */
  readonly sync?: BundleSync;
}

/**
 * A Chart whose HelmReleases install charts from an OCI registry, without an assets server and a certificate. The nodes must
 * reach the registry, and Flux needs source-watcher. `eggtooth migrate` moves a cluster from a {@link BootstrapBundle} to it.
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
  /** The Namespaces by their names. */
  readonly namespaces: ReadonlyMap<string, ApiObject>;
  /** Flux, if the bundle contains it. */
  readonly flux?: FluxAio;
  /** The OCIRepository. */
  readonly assets: OciAssets;
  /** The ArtifactGenerator. */
  readonly charts: ChartArtifacts;
  /** The HelmReleases, in the order of the props. */
  readonly releases: readonly ChartRelease[];
  /** What hands the bundle over to Git or OCI, if the bundle contains it. */
  readonly sync?: FluxSync;

  /**
   * @throws EggtoothError `ERR_EGGTOOTH_OPTION` if another bundle of the App has the same id or file, or a required prop is missing,
   * `ERR_EGGTOOTH_SOURCE` if a release names a chart that the bundle does not have; any error of its parts
   */
  constructor(scope: Construct, id: string, props: OciBundleProps) {
    assertProps(id, props.apiServer, { charts: props.charts, releases: props.releases ?? [] });
    const labels = bundleLabels(props.namespace, props.assets.name, props.labels);
    super(scope, unusedId(scope, id), { ...props, namespace: undefined, labels });
    assertOwnFile(this);
    const { apiServer, namespace, assets, charts } = props;
    const releases = (props.releases ?? []).map((one) => ({ ...one, namespace: one.namespace ?? namespace }));
    assertDistinct(this, 'releases', releases);
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
        new ChartRelease(this, objectId(this, 'release', release), {
          ...release,
          chart: typeof chart === 'object' ? chart : this.charts.chartRef(chart ?? release.name),
        }),
    );
    this.sync = props.sync && addSync(this, props.sync, { ...props.flux, aio: this.flux });
  }
}
