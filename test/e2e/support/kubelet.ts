import type { Cluster } from '../../../tools/control-plane';

/** Waits until a controller has made a pod. */
export async function waitForPod(cluster: Cluster, namespace: string, pod: string): Promise<void> {
  await cluster.kubectl(['wait', '--for=create', `pod/${pod}`, '-n', namespace, '--timeout=60s']);
}

/** Puts a pod onto a node that no kubelet looks after, as a scheduler would. */
export async function bind(cluster: Cluster, namespace: string, pod: string): Promise<void> {
  await cluster.apply({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'silent' } });
  const binding = {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name: pod, namespace },
    target: { apiVersion: 'v1', kind: 'Node', name: 'silent' },
  };
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}/binding`;
  await cluster.kubectl(['create', '--raw', path, '-f', '-'], JSON.stringify(binding));
}

/** Sets the status of a pod, as scheduler and kubelet would. */
export async function patchStatus(cluster: Cluster, namespace: string, pod: string, status: object): Promise<void> {
  const patch = JSON.stringify({ status });
  await cluster.kubectl(['patch', 'pod', pod, '-n', namespace, '--subresource=status', '--type=merge', '-p', patch]);
}
