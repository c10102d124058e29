import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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
  const isCrd = ({ kind }: { readonly kind: string }) => kind === 'CustomResourceDefinition';
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

/** Which pods answer a number of requests. */
async function answering(): Promise<readonly number[]> {
  const before = pods.map(({ requests }) => requests.length);
  const path = `/api/v1/namespaces/${namespace}/services/flux-assets:http/proxy${index}`;
  for (let count = 0; count < 30; count += 1) await cluster.kubectl(['get', '--raw', path]);
  return pods.flatMap(({ requests }, number) => (requests.length > (before[number] ?? 0) ? [number] : []));
}

describe('the road to a Service with three replicas', () => {
  test('is verified by issue, and read by Flux', async () => {
    const { code, stderr } = await eggtooth(['issue', bundle, '--kubeconfig', cluster.kubeconfig]);

    expect(stderr).toBe('');
    expect(code).toBe(0);
    await startFlux(cluster);
    await eventually(async () => (await readiness(cluster, 'helmrepository', namespace, 'charts')).ready);
  });

  test('is answered by every ready pod, though there is no kube-proxy', async () => {
    expect(await answering()).toEqual([0, 1, 2]);
  });

  test('leaves out the pods that are not ready, and Flux reads on with the one that is', async () => {
    await setReady('flux-assets-0', 'False');
    await setReady('flux-assets-2', 'False');
    await eventually(async () => expect(await answering()).toEqual([1]));

    await reconcileAndWait();
  });

  test('is lost with the last ready pod, and found again with the first', async () => {
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

/** Lets Flux read the index again, and waits until it has. */
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
