import { claim } from './claim';
import type { Cluster } from './cluster';
import { serveFolder } from './file-server';
import { runPodOnKubelet } from './kubelet-pod';

export interface PodOptions {
  readonly namespace: string;
  /** The pod of a StatefulSet, such as `assets-0`; the StatefulSet may be applied later. */
  readonly name: string;
  /** The container port that the folder is served on. */
  readonly port: number;
  /** What it serves. */
  readonly folder: string;
}

export interface Pod {
  /** status.podIP */
  readonly address: string;
  /** The URLs that were asked for, in their order; always empty for a pod that a kubelet runs. */
  readonly requests: readonly string[];
  /** Ends the serving; the Pod object stays, still Running, as after a crash that no kubelet has seen. */
  stop(): Promise<void>;
}

interface PodObject {
  readonly spec: { readonly nodeName?: string; readonly containers: readonly { name: string; image: string }[] };
}

/**
 * Waits until the StatefulSet controller has made the pod, and makes it a running one that serves a folder.
 *
 * In our own cluster this does what scheduler and kubelet would: it binds the pod to a Node object, serves from an address
 * of the pod's own, and reports that in the pod's status. With no kubelet there, a deleted pod only goes with
 * `kubectl delete --force`; run its successor by another `runPod`.
 */
export async function runPod(cluster: Cluster, options: PodOptions): Promise<Pod> {
  if (cluster.existing) {
    return runPodOnKubelet(cluster, options);
  }
  const { namespace, name, port, folder } = options;
  await cluster.kubectl(['wait', '--for=create', `pod/${name}`, '-n', namespace, '--timeout=60s']);
  const { number } = claim(cluster.dir, 'pod', 20, 250);
  const address = cluster.address.replace(/\d+$/, String(number));
  const server = await serveFolder(folder, address, port);
  cluster.onStop(server.stop);
  const pod: PodObject = JSON.parse(await cluster.kubectl(['get', 'pod', name, '-n', namespace, '-o', 'json']));
  if (!pod.spec.nodeName) {
    await bindToNode(cluster, namespace, name, `node-${number}`);
  }
  const patch = JSON.stringify({ status: runningStatus(pod, address) });
  await cluster.kubectl(['patch', 'pod', name, '-n', namespace, '--subresource=status', '--type=merge', '-p', patch]);
  return { address, requests: server.requests, stop: server.stop };
}

/** Services leave out pods whose Node does not exist, so there has to be one. */
async function bindToNode(cluster: Cluster, namespace: string, name: string, node: string): Promise<void> {
  await cluster.apply({ apiVersion: 'v1', kind: 'Node', metadata: { name: node } });
  const binding = {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name, namespace },
    target: { apiVersion: 'v1', kind: 'Node', name: node },
  };
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/binding`;
  await cluster.kubectl(['create', '--raw', path, '-f', '-'], JSON.stringify(binding));
}

function runningStatus(pod: PodObject, address: string): object {
  const now = new Date().toISOString();
  const conditions = ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'];
  return {
    phase: 'Running',
    startTime: now,
    hostIP: address,
    hostIPs: [{ ip: address }],
    podIP: address,
    podIPs: [{ ip: address }],
    conditions: conditions.map((type) => ({ type, status: 'True', lastTransitionTime: now })),
    containerStatuses: pod.spec.containers.map(({ name, image }) => ({
      name,
      image,
      imageID: '',
      ready: true,
      started: true,
      restartCount: 0,
      state: { running: { startedAt: now } },
    })),
  };
}
