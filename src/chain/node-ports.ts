/** A port of a node that Kubernetes or the node's system uses. */
export interface NodePort {
  /** Number of the TCP port. */
  readonly port: number;
  /** What listens there. A container of that name in the bundle is assumed to be it. */
  readonly owner: string;
  /** The nodes that it runs on. */
  readonly nodes: 'all' | 'control-plane';
}

/** Whether a host of a URL or of an environment is the node itself. */
export function isLocalHost(host: string): boolean {
  return /^(localhost|127\..*|\[?::1\]?)$/.test(host);
}

/** Whether a host is the name of a Service, which only the DNS of the cluster resolves. */
export function isClusterDnsName(host: string): boolean {
  return /^kubernetes(\.default(\.svc(\..+)?)?)?$|^[^.]+\.[^.]+\.svc$|\.cluster\.local$/.test(host);
}

/** What is wrong with a host that is the name of a Service, before there is a CNI; `undefined` if it is none. */
export function clusterDnsProblem(host: string): string | undefined {
  if (!isClusterDnsName(host)) return undefined;
  return `${host} is the name of a Service, which Flux cannot resolve before CoreDNS runs, nor reach without kube-proxy`;
}

/** Port of KubePrism, the API server at localhost on every node of Talos. */
export const KUBE_PRISM = 7445;

const ports: readonly [owner: string, nodes: NodePort['nodes'], ...ports: number[]][] = [
  ['kubelet', 'all', 10248, 10250],
  ['kube-proxy', 'all', 10249, 10256],
  ['kube-apiserver', 'control-plane', 6443],
  ['etcd', 'control-plane', 2379, 2380, 2381],
  ['kube-controller-manager', 'control-plane', 10257],
  ['kube-scheduler', 'control-plane', 10259],
];

const talosPorts: typeof ports = [
  ['KubePrism', 'all', KUBE_PRISM],
  ['apid', 'all', 50000],
  ['trustd', 'control-plane', 50001],
];

/**
 * The TCP ports that can be in use on a node before a bundle is applied, by the defaults of kubeadm, and of Talos if the
 * cluster is known to run it.
 */
export function nodePorts({ talos }: { readonly talos: boolean }): readonly NodePort[] {
  return [...ports, ...(talos ? talosPorts : [])].flatMap(([owner, nodes, ...numbers]) =>
    numbers.map((port) => ({ port, owner, nodes })),
  );
}
