/** A port that something of Kubernetes' own holds on a node. */
export interface NodePort {
  readonly port: number;
  /** Who listens there; a container of that name in the bundle is taken for it. */
  readonly owner: string;
  /** Which nodes have it. */
  readonly nodes: 'all' | 'control-plane';
}

const ports: readonly [owner: string, nodes: NodePort['nodes'], ...ports: number[]][] = [
  ['kubelet', 'all', 10248, 10250],
  ['kube-proxy', 'all', 10249, 10256],
  ['kube-apiserver', 'control-plane', 6443],
  ['etcd', 'control-plane', 2379, 2380, 2381],
  ['kube-controller-manager', 'control-plane', 10257],
  ['kube-scheduler', 'control-plane', 10259],
  ['KubePrism', 'all', 7445],
  ['apid', 'all', 50000],
  ['trustd', 'control-plane', 50001],
];

/** The TCP ports that a node may have taken before any bundle comes, by kubeadm's and Talos' defaults. */
export const nodePorts: readonly NodePort[] = ports.flatMap(([owner, nodes, ...numbers]) =>
  numbers.map((port) => ({ port, owner, nodes })),
);
