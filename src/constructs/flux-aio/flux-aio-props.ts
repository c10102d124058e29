import type { ApiServer } from '../../chain/api-server';
import type { Affinity, EnvVar, ResourceRequirements, Toleration } from '../../kubernetes/k8s';
import type { FluxController, FluxVersion } from './flux-releases';

/** What may differ between the controllers of one {@link FluxAio}. */
export interface FluxControllerOptions {
  /**
   * Image of the controller, with a tag or a digest.
   * @default - REGISTRY/CONTROLLER:TAG of the release
   */
  readonly image?: string;
  /**
   * How many objects it reconciles at once (--concurrent).
   * @default - 5 in source-, kustomize- and helm-controller; of the others their own, 4 and 10
   */
  readonly concurrency?: number;
  /** @default - 100m CPU and 64Mi are requested, 1Gi is the limit of memory, CPU has none */
  readonly resources?: ResourceRequirements;
  /**
   * Flags behind all others: the last of a name wins.
   * @default - none
   */
  readonly extraArgs?: readonly string[];
}

/** Proxy that Flux reaches the outside through. The API server and the cluster's own names never go through it. */
export interface FluxProxy {
  /** URL for https (HTTPS_PROXY). */
  readonly https?: string;
  /** URL for http (HTTP_PROXY). */
  readonly http?: string;
  /**
   * Further hosts, domains and networks that are reached directly (NO_PROXY).
   * @default - none
   */
  readonly exceptions?: readonly string[];
}

/** A volume for what Flux downloaded, so that it outlives the pod. Before there is storage, the pod cannot start. */
export interface FluxPersistence {
  /** @default '8Gi' */
  readonly size?: string;
  /** @default - the cluster's default class */
  readonly storageClassName?: string;
}

/** What {@link FluxAio} can be told beside its place in the cluster. */
export interface FluxAioOptions {
  /** @default '2.9.5' */
  readonly version?: FluxVersion;
  /**
   * Which controllers run in the pod; source-controller must be among them.
   * @default - all five
   */
  readonly controllers?: readonly FluxController[];
  /** @default - the options' own defaults */
  readonly options?: Readonly<Partial<Record<FluxController, FluxControllerOptions>>>;
  /**
   * Registry, with the path before the images' names.
   * @default 'ghcr.io/fluxcd'
   */
  readonly registry?: string;
  /**
   * Whether the images are pinned by the digests of the release. Not every release has them here.
   * @default false
   */
  readonly digests?: boolean;
  /**
   * `restricted`: what kustomize-, helm- and notification-controller read refers to its own namespace only, has no remote
   * bases, and is applied as the service account `flux` if it names none. A HelmRelease then cannot use the HelmRepository of another namespace.
   * @default 'privileged'
   */
  readonly securityProfile?: 'restricted' | 'privileged';
  /** @default 'info' */
  readonly logLevel?: 'trace' | 'debug' | 'info' | 'error';
  /** @default - none */
  readonly proxy?: FluxProxy;
  /** @default - none: what was downloaded goes with the pod, and is downloaded again */
  readonly persistence?: FluxPersistence;
  /**
   * What resolves names for the pod (spec.dnsPolicy). On the host network Kubernetes' own default is the node's resolver,
   * which is there before CoreDNS; `ClusterFirstWithHostNet` is not.
   * @default - Kubernetes' own
   */
  readonly dnsPolicy?: 'Default' | 'ClusterFirst' | 'ClusterFirstWithHostNet';
  /**
   * Variables for every controller.
   * @default - none beyond those that make Flux work without Services and DNS
   */
  readonly env?: readonly EnvVar[];
  /** @default - a node with Linux, and no other Flux on it */
  readonly affinity?: Affinity;
  /** @default - the taints of a node that is not ready, is the control plane's, or waits for its cloud or CNI */
  readonly tolerations?: readonly Toleration[];
}

/** Props of {@link FluxAio}. */
export interface FluxAioProps extends FluxAioOptions {
  /**
   * Where Flux finds the API server without kube-proxy (KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT): the value that
   * the HelmRepositories have in their URLs.
   * @default - the address of Service `kubernetes`, which needs kube-proxy
   */
  readonly apiServer?: ApiServer;
  /** @default 'flux-system' */
  readonly namespace?: string;
  /**
   * Name of the Deployment, and of all that belongs to it.
   * @default 'flux'
   */
  readonly name?: string;
}
