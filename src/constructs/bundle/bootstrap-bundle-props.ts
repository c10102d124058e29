import type { ChartProps, Duration } from 'cdk8s';
import type { ApiServer } from '../../chain/api-server';
import type { ProxyRoute } from '../../chain/proxy-route';
import type { CertificateRenewalOptions } from '../certificate/certificate-renewal';
import type { AssetsRepositoryOptions } from '../charts/assets-repository';
import type { AssetsServer, AssetsServerProps } from '../charts/assets-server';
import type { ExistingSource, ReleaseOptions } from '../charts/chart-release';
import type { OciChartOptions } from '../charts/oci-chart';
import type { UpstreamRepositoryOptions } from '../charts/upstream-repository';
import type { BundleFlux } from './bundle-flux';
import type { BundleSync } from './bundle-sync';

/** Options for the {@link AssetsServer} of a {@link BootstrapBundle}. */
export type BundleAssets = Omit<AssetsServerProps, 'namespace' | 'beside'>;

/**
 * Options for a source of charts of a {@link BootstrapBundle}: with a `path`, a HelmRepository on the assets server; with a
 * `url` that starts with `https://`, an {@link UpstreamRepository}; with one that starts with `oci://`, an {@link OciChart}.
 */
export type BundleRepository = {
  /**
   * Namespace of the source.
   * @default - the namespace of the bundle
   */
  readonly namespace?: string;
} & (
  | (AssetsRepositoryOptions & { readonly url?: never })
  | (UpstreamRepositoryOptions & { readonly path?: never })
  | (OciChartOptions & { readonly path?: never })
);

/** Options for a HelmRelease of a {@link BootstrapBundle}. */
export interface BundleRelease extends ReleaseOptions {
  /**
   * Namespace of the HelmRelease.
   * @default - the namespace of the bundle
   */
  readonly namespace?: string;
  /**
   * Name of one of the bundle's `repositories`, or `NAMESPACE/NAME` if several have that name; or a source that is on the
   * cluster already.
   */
  readonly repository: string | ExistingSource;
  /**
   * Name of the chart. A repository with an `oci://` URL is the chart itself, and has none.
   * @default - the name of the release
   */
  readonly chart?: string;
  /**
   * Version of the chart, or a range of versions. A repository with an `oci://` URL has a `version` of its own.
   * @default - the newest version
   */
  readonly version?: string;
}

/** Props of {@link BootstrapBundle}. */
export interface BootstrapBundleProps extends Omit<ChartProps, 'namespace'> {
  /** The API server that Flux connects to, and reads through if there are `assets`. */
  readonly apiServer: ApiServer;
  /** Namespace of the assets server, of its reader, and of every object that has no other. */
  readonly namespace: string;
  /**
   * The server that serves the charts of repositories with a `path`.
   * @default - no server, no reader and no certificate: Flux reads all charts from their upstream repositories
   */
  readonly assets?: BundleAssets;
  /** The sources of the charts. */
  readonly repositories: readonly BundleRepository[];
  /**
   * The route through the API server to the charts.
   * @default - the route to the server's pod: `(server) => server.podRoute()`
   */
  readonly route?: (server: AssetsServer) => ProxyRoute;
  /**
   * Generation of the reader; see {@link AssetsReaderProps.generation}.
   * @default 1
   */
  readonly readerGeneration?: number;
  /**
   * Duration of the reader's certificate; see {@link AssetsReaderProps.duration}. With `renewal`, set it here or there.
   * @default - the duration of `renewal`; without `renewal` the cluster's own, often a year
   */
  readonly readerDuration?: Duration;
  /**
   * Adds Flux and its CRDs. `{}` uses all defaults.
   * @default - the bundle contains no Flux
   */
  readonly flux?: BundleFlux;
  /**
   * Another chart source than the API server's proxy: Flux reads on localhost, from a container in its own pod
   * (`sidecar`) or from a pod on its node (`same-node`). Requires `flux`, and needs no certificate.
   * @default - Flux reads through the API server
   */
  readonly localhost?: 'sidecar' | 'same-node';
  /**
   * The HelmReleases that Flux installs from the repositories, such as a CNI and kube-proxy.
   * @default - none
   */
  readonly releases?: readonly BundleRelease[];
  /**
   * Adds a job that renews the reader's certificate in the cluster. It cannot be combined with `localhost`.
   * @default - no job: run `eggtooth renew` yourself
   */
  readonly renewal?: CertificateRenewalOptions;
  /**
   * Hands the bundle over to Git or to an OCI registry: Flux takes over what was applied, and applies what changes there.
   * @default - nothing is handed over: changes are applied with `eggtooth up`
   */
  readonly sync?: BundleSync;
}
