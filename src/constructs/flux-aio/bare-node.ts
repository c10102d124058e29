import type { Toleration } from '../../kubernetes/k8s';

/** Taints of a node on which Flux has to run, and what Flux needs, because what Flux installs takes them away. */
export const bareNodeTolerations: readonly Toleration[] = [
  'node.kubernetes.io/not-ready',
  'node.kubernetes.io/unreachable',
  'node.kubernetes.io/network-unavailable',
  'node.cilium.io/agent-not-ready',
  'node.cloudprovider.kubernetes.io/uninitialized',
  'node-role.kubernetes.io/control-plane',
].map((key) => ({ key, operator: 'Exists' }));
