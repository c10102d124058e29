import type { ApiServer } from '../../chain/api-server';
import type {
  Affinity,
  EnvVar,
  LocalObjectReference,
  ResourceRequirements,
  SecurityContext,
  Toleration,
  Volume,
  VolumeMount,
} from '../../kubernetes/k8s';
import type { AnyFluxVersion, FluxController } from './flux-releases';

/** Options for one controller of a {@link FluxAio}. */
export interface FluxControllerOptions {
  /**
   * Image of the controller, with a tag or a digest.
   * @default - REGISTRY/CONTROLLER:TAG, with the tag of the release
   */
  readonly image?: string;
  /**
   * Number of objects that it reconciles at the same time (--concurrent).
   * @default - 5 for source-, kustomize- and helm-controller; the own defaults of the others, 4 and 10
   */
  readonly concurrency?: number;
  /**
   * Resource requests and limits of its container.
   * @default - requests of 100m CPU and 64Mi memory, a limit of 1Gi memory
   */
  readonly resources?: ResourceRequirements;
  /**
   * Flags that are appended to all others. Of several flags with the same name, the last one is in effect.
   * @default - none
   */
  readonly extraArgs?: readonly string[];
}

/** HTTP proxy of Flux. Flux never uses it for the API server and for names of the cluster. */
export interface FluxProxy {
  /**
   * URL of the proxy for https (HTTPS_PROXY).
   * @default - none
   */
  readonly https?: string;
  /**
   * URL of the proxy for http (HTTP_PROXY).
   * @default - none
   */
  readonly http?: string;
  /**
   * Other hosts, domains and networks that Flux reaches directly (NO_PROXY).
   * @default - none
   */
  readonly exceptions?: readonly string[];
}

/** A persistent volume for Flux's artifacts. The pod cannot start before the cluster can provide it. */
export interface FluxPersistence {
  /**
   * Size of the volume.
   * @default '8Gi'
   */
  readonly size?: string;
  /**
   * StorageClass of the volume.
   * @default - the default of the cluster
   */
  readonly storageClassName?: string;
}

/** Options for {@link FluxAio}, except for its name, namespace and API server. */
export interface FluxAioOptions {
  /**
   * Release of Flux. Flux 2.10 needs Kubernetes 1.35.2 or newer. For a release that eggtooth does not know, set the `image`
   * of every controller too, and the CRDs.
   * @default '2.9.5'
   */
  readonly version?: AnyFluxVersion;
  /**
   * The controllers to run, including source-controller.
   * @default - all five
   */
  readonly controllers?: readonly FluxController[];
  /**
   * Options for single controllers.
   * @default - none
   */
  readonly options?: Readonly<Partial<Record<FluxController, FluxControllerOptions>>>;
  /**
   * Registry, and the path before the names of the images.
   * @default 'ghcr.io/fluxcd'
   */
  readonly registry?: string;
  /**
   * Whether to pin the images by their digests. eggtooth has those of Flux 2.7.0 to 2.9.5.
   * @default false
   */
  readonly digests?: boolean;
  /**
   * `restricted`: objects of kustomize-, helm- and notification-controller cannot refer to other namespaces, so a HelmRelease
   * cannot use a HelmRepository of another namespace. Kustomizations cannot have remote bases. What names no service account
   * is applied as the service account of the same name as this Flux.
   * @default 'privileged'
   */
  readonly securityProfile?: 'restricted' | 'privileged';
  /**
   * Log level of the controllers.
   * @default 'info'
   */
  readonly logLevel?: 'trace' | 'debug' | 'info' | 'error';
  /**
   * HTTP proxy for connections to hosts outside of the cluster.
   * @default - none
   */
  readonly proxy?: FluxProxy;
  /**
   * A persistent volume for artifacts.
   * @default - none: a new pod downloads them again
   */
  readonly persistence?: FluxPersistence;
  /**
   * The pod's dnsPolicy. For pods on the host network, Kubernetes' default is the resolver of the node, which works before
   * CoreDNS does, unlike `ClusterFirstWithHostNet`.
   * @default - the default of Kubernetes
   */
  readonly dnsPolicy?: 'Default' | 'ClusterFirst' | 'ClusterFirstWithHostNet';
  /**
   * Environment variables of every controller, beside those that make Flux work without Services and DNS.
   * @default - none
   */
  readonly env?: readonly EnvVar[];
  /**
   * Scheduling constraints of the pod.
   * @default - a Linux node without another pod of this Flux
   */
  readonly affinity?: Affinity;
  /**
   * Tolerations of the pod, beside those of the taints that distributions give to new nodes and to nodes of the control
   * plane.
   * @default - none
   */
  readonly tolerations?: readonly Toleration[];
  /**
   * Tolerations of the pod, in place of all others.
   * @default - the taints of nodes of the control plane, and of nodes that are not ready or wait for a cloud or a CNI, and
   * `tolerations`
   */
  readonly onlyTolerations?: readonly Toleration[];
  /**
   * Labels of the nodes that the pod can run on.
   * @default - any Linux node
   */
  readonly nodeSelector?: Readonly<Record<string, string>>;
  /**
   * PriorityClass of the pod.
   * @default 'system-cluster-critical'
   */
  readonly priorityClassName?: string;
  /**
   * Annotations of the pod, beside those for the cluster autoscaler and for Prometheus.
   * @default - none
   */
  readonly annotations?: Readonly<Record<string, string>>;
  /**
   * Secrets of type kubernetes.io/dockerconfigjson with the credentials for the registry of the images.
   * @default - none
   */
  readonly imagePullSecrets?: readonly LocalObjectReference[];
  /**
   * Security context of every controller, in place of the whole default.
   * @default - not root, a read-only file system, no capabilities and no privilege escalation, seccomp profile
   * RuntimeDefault
   */
  readonly securityContext?: SecurityContext;
  /**
   * Volumes of the pod, beside `data` and `tmp`.
   * @default - none
   */
  readonly volumes?: readonly Volume[];
  /**
   * Where every controller sees these volumes.
   * @default - nowhere
   */
  readonly volumeMounts?: readonly VolumeMount[];
}

/** Props of {@link FluxAio}. */
export interface FluxAioProps extends FluxAioOptions {
  /**
   * The API server that Flux connects to without kube-proxy (KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT): the same as
   * in the URLs of the HelmRepositories.
   * @default - the address of the Service `kubernetes`, which requires kube-proxy
   */
  readonly apiServer?: ApiServer;
  /**
   * Namespace of Flux.
   * @default 'flux-system'
   */
  readonly namespace?: string;
  /**
   * Name of the Deployment and of the objects that belong to it.
   * @default 'flux'
   */
  readonly name?: string;
}
