import type { Impersonation } from './impersonation';

/** Options for {@link clusterFromKubeconfig}. Those with the name of a flag of kubectl mean the same. */
export interface KubeconfigOptions {
  /**
   * Path of the kubeconfig.
   * @default - the files in $KUBECONFIG, then ~/.kube/config, then the service account of the pod
   */
  readonly kubeconfig?: string;
  /**
   * Context of the kubeconfig.
   * @default - its current-context
   */
  readonly context?: string;
  /**
   * Cluster of the kubeconfig.
   * @default - the cluster of the context
   */
  readonly cluster?: string;
  /**
   * User of the kubeconfig.
   * @default - the user of the context
   */
  readonly user?: string;
  /**
   * URL of the API server. It replaces the `server` of the cluster, and its `tls-server-name`.
   * @default - the server of the cluster
   */
  readonly server?: string;
  /**
   * Whom to impersonate.
   * @default - nobody, or whom the user of the kubeconfig impersonates
   */
  readonly impersonate?: Impersonation;
  /**
   * Time limit of one call, in milliseconds, and of an exec plugin that runs for it.
   * @default - 10000, and 60000 for an exec plugin, which may ask for a password
   */
  readonly timeout?: number;
  /**
   * Time limit of one call, in milliseconds, without an exec plugin that runs for it. `Infinity` is none.
   * @default timeout
   */
  readonly requestTimeout?: number;
  /**
   * Whether this runs on a node of the cluster: see {@link Cluster.onNode}. Kubectl has no such flag.
   * @default false
   */
  readonly onNode?: boolean;
}
