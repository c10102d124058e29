import type { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { ProxyRoute } from '../../chain/proxy-route';
import { EggtoothError } from '../../errors';
import type { Affinity, ServiceManifest, StatefulSetManifest } from '../../kubernetes/k8s';
import { validateChain } from '../chain-validation';
import type { FluxAio } from '../flux-aio/flux-aio';
import { ManifestObject } from '../manifest-object';
import type { LocalAssets } from './local-repository';

/** Props of {@link AssetsServer}. */
export interface AssetsServerProps {
  /** Namespace of the StatefulSet and the Service. */
  readonly namespace: string;
  /** Image of the HTTP server with the charts; its index.yaml must hold relative URLs only. */
  readonly image: string;
  /** TCP port that the server listens on. It becomes a port of the node, 1 to 65535. */
  readonly port: number;
  /**
   * Arguments of the container.
   * @default - those of the image
   */
  readonly args?: readonly string[];
  /**
   * Name of the StatefulSet, the Service and the label `app`. The selector of a StatefulSet cannot be changed, so
   * another name is another server.
   * @default 'flux-assets'
   */
  readonly name?: string;
  /**
   * Number of pods, each on a node of its own as they share a port of the host. More than one is of use on the Service's
   * route alone: the pod's route names the first of them.
   * @default 1
   */
  readonly replicas?: number;
  /**
   * Path that the server answers with 200 as soon as it can be asked for charts; until then the Service leaves it out.
   * @default - none: a pod is ready when it runs
   */
  readonly readinessPath?: string;
  /**
   * Flux whose node the pod has to share, so that Flux reads from it on localhost.
   * @default - none: any node
   */
  readonly beside?: FluxAio;
}

/** How {@link AssetsServer.podRoute} spells the route. */
export interface PodRouteSpelling {
  /**
   * Whether the URL, and with it the Role, names the port. Without it the API server takes the first containerPort
   * that the pod declares, which an injected sidecar changes.
   * @default true
   */
  readonly explicitPort?: boolean;
}

/**
 * The HTTP server that holds the Helm charts: a StatefulSet on the host network, so that the API server reaches it
 * before there is a CNI and its pod has a name that is known beforehand, and a Service.
 *
 * The port is open on the node's address, without authentication: it is for charts, not for secrets.
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
  /** The Service: port 80, named `http`. */
  readonly service: ApiObject;
  /** Name of the StatefulSet and the Service. */
  readonly name: string;
  /** Namespace of both. */
  readonly namespace: string;
  /** TCP port of the node. */
  readonly port: number;

  /**
   * @throws EggtoothError `ERR_EGGTOOTH_ROUTE` if namespace, name or port is one that no route can have,
   * `ERR_EGGTOOTH_OPTION` for a number of pods that cannot be
   */
  constructor(scope: Construct, id: string, props: AssetsServerProps) {
    super(scope, id);
    this.name = props.name ?? 'flux-assets';
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

  /** The route to the server's Service. The API server dials its ready pods itself; kube-proxy is not needed. */
  serviceRoute(): ProxyRoute {
    return ProxyRoute.service({ namespace: this.namespace, name: this.name, port: 'http' });
  }

  private get labels(): Record<string, string> {
    return { app: this.name };
  }

  private statefulSet({
    image,
    args,
    port,
    replicas = 1,
    readinessPath,
    beside,
  }: AssetsServerProps): StatefulSetManifest {
    return {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: this.name, namespace: this.namespace, labels: this.labels },
      spec: {
        serviceName: this.name,
        replicas,
        selector: { matchLabels: this.labels },
        template: {
          metadata: { labels: this.labels },
          spec: {
            hostNetwork: true,
            ...(beside && { affinity: onNodeOf(beside) }),
            tolerations: [{ operator: 'Exists' }],
            containers: [
              {
                name: 'assets-server',
                image,
                ...(args && { args }),
                ports: [{ name: 'http', containerPort: port, hostPort: port }],
                ...(readinessPath !== undefined && {
                  readinessProbe: { httpGet: { port: 'http', path: readinessPath } },
                }),
              },
            ],
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

/** A second pod on the node would find the port taken. */
function assertReplicas({ replicas = 1, beside, namespace }: AssetsServerProps, name: string): void {
  const most = beside === undefined ? Number.POSITIVE_INFINITY : 1;
  if (Number.isInteger(replicas) && replicas >= 1 && replicas <= most) return;
  throw new EggtoothError('ERR_EGGTOOTH_OPTION', `${replicas} replicas of the assets server cannot be`, {
    fix:
      beside === undefined
        ? 'give a whole number from 1 on'
        : 'leave it at 1: all of them would need the port of one node',
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
