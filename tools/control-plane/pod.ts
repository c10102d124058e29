import { claim } from './claim';
import type { Cluster } from './cluster';
import { serveFolder } from './file-server';
import { runPodOnKubelet } from './kubelet-pod';

export interface PodOptions {
  readonly namespace: string;
  /** Name of a pod of a StatefulSet, for example `assets-0`. The StatefulSet may be applied later. */
  readonly name: string;
  /** Port of the container that serves the folder. */
  readonly port: number;
  /** The folder to serve. */
  readonly folder: string;
}

export interface Pod {
  /** `status.podIP` */
  readonly address: string;
  /** The requested URLs, in order. Empty for a pod that a kubelet runs. */
  readonly requests: readonly string[];
  /** Stops serving. The Pod object remains Running, as after a crash that no kubelet has noticed. */
  stop(): Promise<void>;
}

interface PodObject {
  readonly spec: { readonly nodeName?: string; readonly containers: readonly { name: string; image: string }[] };
}

/**
 * Waits until the StatefulSet controller has created the pod, then makes it run and serve a folder.
 *
 * In a new cluster this replaces scheduler and kubelet: it binds the pod to a Node object, serves the folder from an
 * address of the pod, and writes the status of the pod. Without a kubelet, a pod can only be deleted with `kubectl
 * delete --force`; call `runPod` again for its replacement.
 */
export async function runPod(cluster: Cluster, options: PodOptions): Promise<Pod> {
  if (cluster.existing) {
    return runPodOnKubelet(cluster, options);
  }
  const { namespace, name, port, folder } = options;
  await cluster.kubectl(['wait', '--for=create', `pod/${name}`, '-n', namespace, '--timeout=240s']);
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

/** Binds the pod to a Node object, which must exist for a Service to include the pod. */
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
