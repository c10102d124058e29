import type { ChartProps } from 'cdk8s';
import type { ApiServer } from '../../chain/api-server';
import type { ProxyRoute } from '../../chain/proxy-route';
import type { CertificateRenewalOptions } from '../certificate/certificate-renewal';
import type { AssetsRepositoryOptions } from '../charts/assets-repository';
import type { AssetsServer, AssetsServerProps } from '../charts/assets-server';
import type { ReleaseOptions } from '../charts/chart-release';
import type { BundleFlux } from './bundle-flux';

/** The assets server of a {@link BootstrapBundle}; its namespace is the bundle's. */
export type BundleAssets = Omit<AssetsServerProps, 'namespace' | 'beside'>;

/** A HelmRepository of a {@link BootstrapBundle}. */
export interface BundleRepository extends AssetsRepositoryOptions {
  /** @default - the bundle's namespace */
  readonly namespace?: string;
}

/** A HelmRelease of a {@link BootstrapBundle}. */
export interface BundleRelease extends ReleaseOptions {
  /** @default - the bundle's namespace */
  readonly namespace?: string;
  /** Name of a HelmRepository of the bundle, or `NAMESPACE/NAME` where several have it. */
  readonly repository: string;
  /**
   * Name of the chart.
   * @default - the release's
   */
  readonly chart?: string;
  /**
   * Version of the chart, or a range of them.
   * @default - the newest
   */
  readonly version?: string;
}

/** Props of {@link BootstrapBundle}. */
export interface BootstrapBundleProps extends Omit<ChartProps, 'namespace'> {
  /** Where Flux finds the API server. */
  readonly apiServer: ApiServer;
  /** Namespace of the assets server and its reader. */
  readonly namespace: string;
  /** The server that holds the charts. */
  readonly assets: BundleAssets;
  /** The chart repositories on it. */
  readonly repositories: readonly BundleRepository[];
  /**
   * The way through the API server to the charts.
   * @default - to the server's pod, its port spelled: `(server) => server.podRoute()`
   */
  readonly route?: (server: AssetsServer) => ProxyRoute;
  /**
   * Which user may read; see {@link AssetsReaderProps.generation}.
   * @default 1
   */
  readonly readerGeneration?: number;
  /**
   * Flux itself, with its CRDs. `{}` takes all defaults.
   * @default - none: Flux comes from elsewhere
   */
  readonly flux?: BundleFlux;
  /**
   * Another road than the API server: Flux reads the charts on localhost, from a container in its own pod (`sidecar`) or
   * from a pod that shares its node (`same-node`). Needs no certificate, and `flux`.
   * @default - none: through the API server
   */
  readonly localhost?: 'sidecar' | 'same-node';
  /**
   * What Flux installs from the repositories: a CNI, kube-proxy, and whatever shall follow.
   * @default - none
   */
  readonly releases?: readonly BundleRelease[];
  /**
   * A job in the cluster that renews the reader's certificate. Not on localhost, where there is none.
   * @default - none: `eggtooth renew`, from where it is run
   */
  readonly renewal?: CertificateRenewalOptions;
}
