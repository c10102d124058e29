import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fieldAt, listAt, stringAt } from '../../../src/kubernetes/fields';
import type { Container } from '../../../src/kubernetes/k8s';
import type { KubeObject } from '../../../src/kubernetes/kube-object';
import {
  assetsServerImage,
  type ControlPlane,
  controllerImage,
  eventually,
  makeCharts,
  type Node,
  nodeObstacle,
  readiness,
  startControlPlane,
  startNode,
} from '../../../tools/control-plane';
import { exampleObjects } from '../support/example';

const namespace = 'platform';

/** Containers whose images are on the node. Of Flux's controllers only source-controller can be built here. */
const AVAILABLE = ['source-controller', 'flux-assets'];

describe.skipIf(nodeObstacle()).each([
  { example: 'sidecar', pods: [] },
  { example: 'same-node', pods: ['flux-assets-0'] },
])('examples/$example on a real node without CNI', ({ example, pods }) => {
  let cluster: ControlPlane;
  let node: Node;

  beforeAll(async () => {
    cluster = await startControlPlane();
    const charts = mkdtempSync(join(cluster.dir, 'charts-'));
    await makeCharts(charts, { charts: [{ name: 'network' }] });
    node = await startNode(cluster);
    await node.addImage(await assetsServerImage('registry.example/assets:1', charts, 8123));
    const objects = exampleObjects(example, cluster).map(withoutOtherControllers);
    await node.addImage(await controllerImage(imageOf(objects), 'source-controller'));
    const isCrd = ({ kind }: KubeObject) => kind === 'CustomResourceDefinition';
    await cluster.apply(objects.filter(isCrd));
    await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);
    await cluster.apply(objects.filter((object) => !isCrd(object)));
  });
  afterAll(() => cluster?.stop());

  test('lets source-controller read the index and a chart in its own pod', async () => {
    await eventually(async () =>
      expect(await readiness(cluster, 'helmrepository', namespace, 'charts')).toMatchObject({ ready: true }),
    );
    await cluster.apply({
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'HelmChart',
      metadata: { name: 'network', namespace },
      spec: { chart: 'network', interval: '5m', sourceRef: { kind: 'HelmRepository', name: 'charts' } },
    });
    await eventually(async () =>
      expect(await readiness(cluster, 'helmchart', namespace, 'network')).toMatchObject({ ready: true }),
    );
  });

  test('needs no certificate, so that there is no request and no Secret', async () => {
    expect(await cluster.kubectl(['get', 'csr,secrets', '-A', '-o', 'name'])).toBe('');
  });

  test('runs its pods on a node that is not Ready', async () => {
    const list = JSON.parse(await cluster.kubectl(['get', 'pods', '-n', namespace, '-o', 'json']));
    const names = listAt(list, 'items').map((pod) => stringAt(pod, 'metadata', 'name'));
    const nodes = await cluster.kubectl(['get', 'pods', '-A', '-o', 'jsonpath={.items[*].spec.nodeName}']);

    expect(names).toEqual(pods);
    expect(new Set(nodes.split(' '))).toEqual(new Set([node.name]));
  });

  test('serves the charts on the node only', async () => {
    await expect(fetch(`http://127.0.0.1:8123/charts/index.yaml`)).resolves.toMatchObject({ status: 200 });
    await expect(fetch(`http://${node.address}:8123/charts/index.yaml`)).rejects.toThrow('fetch failed');
  });
});

function withoutOtherControllers(object: KubeObject): KubeObject {
  if (object.kind !== 'Deployment') return object;
  const copy = structuredClone(object);
  const pod = fieldAt(copy, 'spec', 'template', 'spec') as { containers: Container[] };
  pod.containers = pod.containers
    .filter(({ name }) => AVAILABLE.includes(name))
    // No notification-controller takes its events, and it would wait for one.
    .map(({ args, ...container }) => ({
      ...container,
      args: args?.filter((arg) => !arg.startsWith('--events-addr=')),
    }));
  return copy;
}

function imageOf(objects: readonly KubeObject[]): string {
  const deployment = objects.find(({ kind }) => kind === 'Deployment');
  const containers = listAt(deployment, 'spec', 'template', 'spec', 'containers');
  return (
    stringAt(
      containers.find((one) => stringAt(one, 'name') === 'source-controller'),
      'image',
    ) ?? ''
  );
}
