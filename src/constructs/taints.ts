import type { Toleration } from '../kubernetes/k8s';

/** A taint of a node that is new, or of a node that runs the control plane. */
interface Taint {
  readonly key: string;
  /** What sets it, and with which effect. */
  readonly setBy: string;
}

/**
 * The taints that real distributions give to the nodes on which Flux must run, or that disappear only through what Flux
 * installs. Each is tolerated with every effect: a distribution may change it. Taints for a lack of resources, such as
 * node.kubernetes.io/disk-pressure, are not here: a pod that ignores them is evicted again.
 */
export const taintsOfNewNodes: readonly Taint[] = [
  { key: 'node.kubernetes.io/not-ready', setBy: 'the node controller, until there is a CNI; NoSchedule, NoExecute' },
  {
    key: 'node.kubernetes.io/unreachable',
    setBy: 'the node controller, while the kubelet is silent; NoSchedule, NoExecute',
  },
  { key: 'node.kubernetes.io/network-unavailable', setBy: 'cloud providers, until the CNI has routes; NoSchedule' },
  {
    key: 'node.cilium.io/agent-not-ready',
    setBy: 'installations of Cilium, until its agent runs; NoSchedule, NoExecute',
  },
  {
    key: 'node.cloudprovider.kubernetes.io/uninitialized',
    setBy: 'the kubelet with --cloud-provider=external, until a cloud-controller-manager runs; NoSchedule',
  },
  {
    key: 'node.cluster.x-k8s.io/uninitialized',
    setBy: 'Cluster API, until it has set the labels of the node; NoSchedule',
  },
  { key: 'node-role.kubernetes.io/control-plane', setBy: 'kubeadm, Talos and RKE2; NoSchedule' },
  { key: 'node-role.kubernetes.io/master', setBy: 'kubeadm before 1.25, and distributions that follow it; NoSchedule' },
  { key: 'node-role.kubernetes.io/etcd', setBy: 'RKE2 and Rancher on nodes with etcd; NoExecute' },
  { key: 'node-role.kubernetes.io/controlplane', setBy: 'RKE and Rancher; NoSchedule' },
  {
    key: 'CriticalAddonsOnly',
    setBy: 'k3s and RKE2, as their documents advise for servers, and AKS; NoSchedule, NoExecute',
  },
];

/** What tolerates these taints. */
export const newNodeTolerations: readonly Toleration[] = taintsOfNewNodes.map(({ key }) => ({
  key,
  operator: 'Exists',
}));
