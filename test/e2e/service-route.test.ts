import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isCrd } from '../../src/kubernetes/kinds';
import {
  type ControlPlane,
  eventually,
  makeCharts,
  type Pod,
  readiness,
  runPod,
  startControlPlane,
  startFlux,
} from '../../tools/control-plane';
import { writeBundle } from './support/bundle';
import { eggtooth } from './support/eggtooth';
import { exampleObjects } from './support/example';

const namespace = 'platform';
const index = '/charts/index.yaml';

let cluster: ControlPlane;
let bundle: string;
const pods: Pod[] = [];

beforeAll(async () => {
  cluster = await startControlPlane();
  const objects = exampleObjects('service-route', cluster);
  bundle = writeBundle(join(cluster.dir, 'bundle.yaml'), objects);
  await cluster.apply(objects.filter(isCrd));
  await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);
  await cluster.apply(objects.filter((object) => !isCrd(object)));
  const folder = mkdtempSync(join(cluster.dir, 'charts-'));
  await makeCharts(folder, { charts: [{ name: 'network' }] });
  for (const name of ['flux-assets-0', 'flux-assets-1', 'flux-assets-2']) {
    pods.push(await runPod(cluster, { namespace, name, port: 8123, folder }));
  }
});
afterAll(() => cluster?.stop());

const setReady = (pod: string, status: 'True' | 'False') => {
  const conditions = ['ContainersReady', 'Ready'].map((type) => ({ type, status }));
  const patch = JSON.stringify({ status: { conditions } });
  const args = ['--subresource=status', '--type=strategic', '-p', patch];
  return cluster.kubectl(['patch', 'pod', pod, '-n', namespace, ...args]);
};

/** The indexes of the pods that answer a number of requests. */
async function answering(): Promise<readonly number[]> {
  const before = pods.map(({ requests }) => requests.length);
  const path = `/api/v1/namespaces/${namespace}/services/flux-assets:http/proxy${index}`;
  for (let count = 0; count < 30; count += 1) await cluster.kubectl(['get', '--raw', path]);
  return pods.flatMap(({ requests }, number) => (requests.length > (before[number] ?? 0) ? [number] : []));
}

describe('a route to a Service with three replicas', () => {
  test('is verified by issue, and read by Flux', async () => {
    const { code, stderr } = await eggtooth(['issue', bundle, '--kubeconfig', cluster.kubeconfig]);

    expect(stderr).toBe('');
    expect(code).toBe(0);
    await startFlux(cluster);
    await eventually(async () => (await readiness(cluster, 'helmrepository', namespace, 'charts')).ready);
  });

  test('leads to every ready pod without kube-proxy', async () => {
    expect(await answering()).toEqual([0, 1, 2]);
  });

  test('leads only to ready pods, from which Flux continues to read', async () => {
    await setReady('flux-assets-0', 'False');
    await setReady('flux-assets-2', 'False');
    await eventually(async () => expect(await answering()).toEqual([1]));

    await reconcileAndWait();
  });

  test('fails without ready pods, and works again with the first one', async () => {
    await setReady('flux-assets-1', 'False');
    const path = `/api/v1/namespaces/${namespace}/services/flux-assets:http/proxy${index}`;
    await eventually(() =>
      expect(cluster.kubectl(['get', '--raw', path])).rejects.toThrow('no endpoints available for service'),
    );

    await setReady('flux-assets-0', 'True');
    await eventually(async () => expect(await answering()).toEqual([0]));
    await reconcileAndWait();
  });
});

/** Requests a reconciliation, and waits until Flux has read the index. */
async function reconcileAndWait(): Promise<void> {
  const at = new Date().toISOString();
  const requestReconcile = `reconcile.fluxcd.io/requestedAt=${at}`;
  await cluster.kubectl(['annotate', '--overwrite', 'helmrepository', 'charts', '-n', namespace, requestReconcile]);
  await eventually(async () => {
    const json = await cluster.kubectl(['get', 'helmrepository', 'charts', '-n', namespace, '-o', 'json']);
    expect(JSON.parse(json).status.lastHandledReconcileAt).toBe(at);
    expect((await readiness(cluster, 'helmrepository', namespace, 'charts')).ready).toBe(true);
  });
}
