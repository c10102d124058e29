import type { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { ProxyRoute } from '../../chain/proxy-route';
import { EggtoothError } from '../../errors';
import type {
  Affinity,
  LocalObjectReference,
  ServiceManifest,
  StatefulSetManifest,
  Toleration,
} from '../../kubernetes/k8s';
import { validateChain } from '../chain-validation';
import type { FluxAio } from '../flux-aio/flux-aio';
import { ManifestObject } from '../manifest-object';
import { type AssetsContainerOptions, assetsContainer, DEFAULT_ASSETS } from './assets-container';
import type { LocalAssets } from './local-repository';

/** Props of {@link AssetsServer}. */
export interface AssetsServerProps extends AssetsContainerOptions {
  /** Namespace of the StatefulSet and the Service. */
  readonly namespace: string;
  /** TCP port of the server, 1 to 65535. The pod uses this port of its node. */
  readonly port: number;
  /**
   * Name of the StatefulSet and the Service, and value of the label `app`. The selector of a StatefulSet is immutable, so
   * another name creates another server.
   * @default 'flux-assets'
   */
  readonly name?: string;
  /**
   * Number of pods. Each needs its own node, because they use the same port of the host. More than one is useful only with
   * the route to the Service: the route to the pod leads to the first one.
   * @default 1
   */
  readonly replicas?: number;
  /**
   * Path of the readiness probe. The Service leads to a pod as soon as it answers with a success status.
   * @default - no probe: a pod is ready when it runs
   */
  readonly readinessPath?: string;
  /**
   * The Flux whose node the pod must share, so that Flux can read on localhost.
   * @default - the pod can run on any node
   */
  readonly beside?: FluxAio;
  /**
   * Annotations of the pod.
   * @default - none
   */
  readonly annotations?: Readonly<Record<string, string>>;
  /**
   * Secrets of type kubernetes.io/dockerconfigjson with the credentials for the registry of the image.
   * @default - none
   */
  readonly imagePullSecrets?: readonly LocalObjectReference[];
  /**
   * Labels of the nodes that the pod can run on.
   * @default - any node
   */
  readonly nodeSelector?: Readonly<Record<string, string>>;
  /**
   * Tolerations of the pod, in place of the default.
   * @default - all taints
   */
  readonly onlyTolerations?: readonly Toleration[];
  /**
   * PriorityClass of the pod. Without the charts, Flux cannot install or repair what the cluster needs. Some clusters allow
   * the default only in a namespace with a ResourceQuota for it.
   * @default 'system-cluster-critical'
   */
  readonly priorityClassName?: string;
}

/** Options for {@link AssetsServer.podRoute}. */
export interface PodRouteSpelling {
  /**
   * Whether the URL and the Role name the port. If not, the API server uses the first containerPort of the pod, which an
   * injected sidecar can change.
   * @default true
   */
  readonly explicitPort?: boolean;
}

/**
 * The HTTP server with the charts: a StatefulSet on the host network, and a Service. The API server reaches its pod before
 * there is a CNI, and the name of the pod is known in advance.
 *
 * The port is open on the node's address and requires no authentication: do not serve secrets. The pod has no token of a
 * service account, and its container as few privileges as the Pod Security level `restricted` allows.
 *
 * @example
 * ```ts
 * const server = new AssetsServer(chart, 'assets', { namespace: 'cozy-system', image: 'registry.example/assets:1', port: 8123 });
 * server.podRoute().segment; // flux-assets-0:8123
 * ```
 */
export class AssetsServer extends Construct implements LocalAssets {
  /** The StatefulSet. */
  readonly apiObject: ApiObject;
  /** The Service, with the port `http`, 80. */
  readonly service: ApiObject;
  /** Name of the StatefulSet and the Service. */
  readonly name: string;
  /** Namespace of both. */
  readonly namespace: string;
  /** TCP port of the node. */
  readonly port: number;

  /**
   * @throws EggtoothError `ERR_EGGTOOTH_ROUTE` if the namespace, name or port is invalid, `ERR_EGGTOOTH_OPTION` if the number
   * of pods is invalid
   */
  constructor(scope: Construct, id: string, props: AssetsServerProps) {
    super(scope, id);
    this.name = props.name ?? DEFAULT_ASSETS;
    this.namespace = props.namespace;
    this.port = props.port;
    this.podRoute();
    assertReplicas(props, this.name);
    this.apiObject = new ManifestObject(this, 'Default', this.statefulSet(props));
    this.service = new ManifestObject(this, 'Service', this.clusterService());
    validateChain(this);
  }

  /** The route to the server's pod. */
  podRoute({ explicitPort = true }: PodRouteSpelling = {}): ProxyRoute {
    const port = explicitPort ? { port: this.port } : {};
    return ProxyRoute.pod({ namespace: this.namespace, name: `${this.name}-0`, ...port });
  }

  /** The route to the server's Service. It works without kube-proxy: the API server connects to the pods itself. */
  serviceRoute(): ProxyRoute {
    return ProxyRoute.service({ namespace: this.namespace, name: this.name, port: 'http' });
  }

  private get labels(): Record<string, string> {
    return { app: this.name };
  }

  private statefulSet(props: AssetsServerProps): StatefulSetManifest {
    const { port, replicas = 1, readinessPath, beside, annotations, imagePullSecrets, nodeSelector, volumes } = props;
    return {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: this.name, namespace: this.namespace, labels: this.labels },
      spec: {
        serviceName: this.name,
        replicas,
        selector: { matchLabels: this.labels },
        template: {
          metadata: { labels: this.labels, ...(annotations && { annotations }) },
          spec: {
            hostNetwork: true,
            // A server of files calls no API.
            automountServiceAccountToken: false,
            priorityClassName: props.priorityClassName ?? 'system-cluster-critical',
            ...(imagePullSecrets && { imagePullSecrets }),
            ...(nodeSelector && { nodeSelector }),
            ...(beside && { affinity: onNodeOf(beside) }),
            tolerations: props.onlyTolerations ?? [{ operator: 'Exists' }],
            containers: [
              {
                ...assetsContainer('assets-server', port, props),
                ports: [{ name: 'http', containerPort: port, hostPort: port }],
                ...(readinessPath !== undefined && {
                  readinessProbe: { httpGet: { port: 'http', path: readinessPath } },
                }),
              },
            ],
            ...(volumes && { volumes }),
          },
        },
      },
    };
  }

  private clusterService(): ServiceManifest {
    return {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: this.name, namespace: this.namespace },
      spec: {
        type: 'ClusterIP',
        selector: this.labels,
        ports: [{ name: 'http', port: 80, targetPort: this.port }],
      },
    };
  }
}

/** A second pod on a node could not bind the port. */
function assertReplicas({ replicas = 1, beside, namespace }: AssetsServerProps, name: string): void {
  const most = beside === undefined ? Number.POSITIVE_INFINITY : 1;
  if (Number.isInteger(replicas) && replicas >= 1 && replicas <= most) return;
  throw new EggtoothError('ERR_EGGTOOTH_OPTION', `invalid replicas: ${replicas}`, {
    fix: beside === undefined ? 'use a positive integer' : 'use 1: several pods would need the same port of one node',
    object: { apiVersion: 'apps/v1', kind: 'StatefulSet', namespace, name },
  });
}

function onNodeOf({ namespace, podLabels }: FluxAio): Affinity {
  return {
    podAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        {
          topologyKey: 'kubernetes.io/hostname',
          namespaces: [namespace],
          labelSelector: { matchLabels: podLabels },
        },
      ],
    },
  };
}
