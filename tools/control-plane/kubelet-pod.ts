import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from './cluster';
import type { Pod, PodOptions } from './pod';

const image = 'busybox:1.37';
const mountPath = '/assets';

/**
 * Runs the pod of `runPod` on a cluster with nodes. The folder becomes a ConfigMap, so it can have 1 MiB at most, and
 * the pod of the StatefulSet serves it with httpd of busybox instead of its own image.
 */
export async function runPodOnKubelet(cluster: Cluster, options: PodOptions): Promise<Pod> {
  const { namespace, name, port, folder } = options;
  const statefulSet = name.replace(/-\d+$/, '');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => statSync(join(folder, file)).isFile())
    .map((path, index) => ({ key: `file-${index}`, path }));
  const contents = files.map(({ key, path }) => [key, readFileSync(join(folder, path)).toString('base64')]);
  const configMap = `${statefulSet}-files`;
  await cluster.apply({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: configMap, namespace },
    binaryData: Object.fromEntries(contents),
  });
  const container = {
    name: 'assets-server',
    image,
    command: ['httpd', '-f', '-p', String(port), '-h', mountPath],
    ports: [{ name: 'http', containerPort: port }],
    volumeMounts: [{ name: 'files', mountPath }],
  };
  const volumes = [{ name: 'files', configMap: { name: configMap, items: files } }];
  const patch = JSON.stringify({ spec: { template: { spec: { containers: [container], volumes } } } });
  const inNamespace = ['-n', namespace];
  await cluster.kubectl(['wait', '--for=create', `statefulset/${statefulSet}`, ...inNamespace, '--timeout=180s']);
  await cluster.kubectl(['patch', 'statefulset', statefulSet, ...inNamespace, '--type=merge', '-p', patch]);
  // A StatefulSet does not replace a pod that was never ready, for example because its image cannot be pulled.
  await cluster.kubectl(['delete', 'pod', name, ...inNamespace, '--ignore-not-found', '--wait=true']);
  await cluster.kubectl(['rollout', 'status', `statefulset/${statefulSet}`, ...inNamespace, '--timeout=180s']);
  const address = await cluster.kubectl(['get', 'pod', name, ...inNamespace, '-o', 'jsonpath={.status.podIP}']);
  return {
    address,
    requests: [],
    stop: async () => {
      await cluster.kubectl(['scale', 'statefulset', statefulSet, ...inNamespace, '--replicas=0']);
    },
  };
}
