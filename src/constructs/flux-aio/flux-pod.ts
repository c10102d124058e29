import type { Affinity, Container, DeploymentManifest } from '../../kubernetes/k8s';
import { newNodeTolerations } from '../taints';
import type { FluxAioOptions } from './flux-aio-props';

/** Options for {@link podOf}. */
export interface PodOptions
  extends Pick<
    FluxAioOptions,
    | 'affinity'
    | 'annotations'
    | 'dnsPolicy'
    | 'imagePullSecrets'
    | 'nodeSelector'
    | 'onlyTolerations'
    | 'persistence'
    | 'priorityClassName'
    | 'tolerations'
    | 'volumes'
  > {
  /** Name of the service account, and of the volume claim. */
  readonly name: string;
  /** Labels of the pod. */
  readonly labels: Readonly<Record<string, string>>;
  /** The containers of the controllers. */
  readonly containers: readonly Container[];
}

/** The pod of Flux, on the host network; it runs as `system-cluster-critical`. */
export function podOf(options: PodOptions): DeploymentManifest['spec']['template'] {
  const { name, labels, containers, dnsPolicy, persistence, imagePullSecrets, nodeSelector, volumes = [] } = options;
  return {
    metadata: {
      labels,
      annotations: {
        'cluster-autoscaler.kubernetes.io/safe-to-evict': 'true',
        'prometheus.io/scrape': 'true',
        ...options.annotations,
      },
    },
    spec: {
      hostNetwork: true,
      ...(dnsPolicy && { dnsPolicy }),
      serviceAccountName: name,
      ...(imagePullSecrets && { imagePullSecrets }),
      ...(nodeSelector && { nodeSelector }),
      priorityClassName: options.priorityClassName ?? 'system-cluster-critical',
      terminationGracePeriodSeconds: 120,
      securityContext: { fsGroup: 1337 },
      affinity: options.affinity ?? aloneOnLinux(labels),
      tolerations: options.onlyTolerations ?? [...newNodeTolerations, ...(options.tolerations ?? [])],
      containers,
      volumes: [
        { name: 'data', ...(persistence ? { persistentVolumeClaim: { claimName: name } } : { emptyDir: {} }) },
        { name: 'tmp', emptyDir: {} },
        ...volumes,
      ],
    },
  };
}

function aloneOnLinux(labels: Readonly<Record<string, string>>): Affinity {
  const ourOwn = Object.entries(labels).map(([key, value]) => ({ key, operator: 'In', values: [value] }));
  return {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/os', operator: 'In', values: ['linux'] }] }],
      },
    },
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchExpressions: ourOwn } },
      ],
    },
  };
}
