import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { validateChain } from './chain-validation';
import type { ServiceManifest, StatefulSetManifest } from './k8s';
import { ProxyRoute } from './proxy-route';

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
export class AssetsServer extends Construct {
  /** The StatefulSet. */
  readonly apiObject: ApiObject;
  /** The Service: port 80, named `http`. */
  readonly service: ApiObject;
  /** Name of the StatefulSet and the Service. */
  readonly name: string;
  /** Namespace of both. */
  readonly namespace: string;
  private readonly port: number;

  /** @throws EggtoothError `ERR_EGGTOOTH_ROUTE` if namespace, name or port is one that no route can have */
  constructor(scope: Construct, id: string, props: AssetsServerProps) {
    super(scope, id);
    this.name = props.name ?? 'flux-assets';
    this.namespace = props.namespace;
    this.port = props.port;
    this.podRoute();
    this.apiObject = new ApiObject(this, 'Default', this.statefulSet(props));
    this.service = new ApiObject(this, 'Service', this.clusterService());
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

  private statefulSet({ image, args, port }: AssetsServerProps): StatefulSetManifest {
    return {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: this.name, namespace: this.namespace, labels: this.labels },
      spec: {
        serviceName: this.name,
        replicas: 1,
        selector: { matchLabels: this.labels },
        template: {
          metadata: { labels: this.labels },
          spec: {
            hostNetwork: true,
            tolerations: [{ operator: 'Exists' }],
            containers: [
              {
                name: 'assets-server',
                image,
                ...(args && { args }),
                ports: [{ name: 'http', containerPort: port, hostPort: port }],
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
