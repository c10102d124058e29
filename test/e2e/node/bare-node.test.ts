import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { JsonPatch } from 'cdk8s';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FluxAio } from '../../../src/constructs/flux-aio/flux-aio';
import { newestFlux } from '../../../src/constructs/flux-aio/flux-releases';
import { fluxCrds } from '../../../src/constructs/flux-aio/load-crds';
import { taintsOfNewNodes } from '../../../src/constructs/taints';
import { listAt } from '../../../src/kubernetes/fields';
import type { KubeObject } from '../../../src/kubernetes/kube-object';
import {
  assetsServerImage,
  type Cluster,
  eventually,
  makeCharts,
  type Node,
  nodeObstacle,
  readiness,
  startControlPlane,
  startFlux,
  startNode,
} from '../../../tools/control-plane';
import { synth } from '../../support/synth';
import { bundleObjects, writeBundle } from '../support/bundle';
import { eggtooth, onlyItem } from '../support/eggtooth';

interface PodObject {
  readonly metadata: { readonly uid: string };
  readonly spec: { readonly nodeName?: string };
  readonly status: {
    readonly phase: string;
    readonly podIP?: string;
    readonly conditions: readonly { readonly type: string; readonly reason?: string; readonly message?: string }[];
    readonly containerStatuses?: readonly { readonly state: { readonly waiting?: { readonly reason: string } } }[];
  };
}

const namespace = 'cozy-system';
const image = 'localhost/assets:1';
const port = 8123;
const podSpec = '/spec/template/spec';

describe.skipIf(nodeObstacle())('a bundle on a real node without CNI', () => {
  let cluster: Cluster;
  let node: Node;
  let bundle: string;
  let statefulSet: KubeObject;

  beforeAll(async () => {
    cluster = await startControlPlane();
    const [charts] = await Promise.all([makeFolderOfCharts(cluster), cluster.apply(fluxCrds(newestFlux))]);
    node = await startNode(cluster);
    await node.addImage(await assetsServerImage(image, charts, port));
    const objects = bundleObjects({ url: cluster.url, port, namespaces: [namespace, 'cozy-public'] }).map((object) =>
      object.kind === 'StatefulSet' ? withLocalImage(object) : object,
    );
    statefulSet = objects.find(({ kind }) => kind === 'StatefulSet') as KubeObject;
    bundle = writeBundle(join(cluster.dir, 'bundle.yaml'), objects);
    await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=180s']);
    await cluster.apply(bundle);
  });
  afterAll(() => cluster?.stop());

  const podOf = async (name: string): Promise<PodObject> =>
    JSON.parse(await cluster.kubectl(['get', 'pod', name, '-n', namespace, '-o', 'json']));

  const eventsOf = (name: string) =>
    cluster.kubectl(['get', 'events', '-n', namespace, '--field-selector', `involvedObject.name=${name}`]);

  const becomesReady = (kind: string, name: string) =>
    eventually(async () => {
      const state = await readiness(cluster, kind, namespace, name);
      expect(state).toMatchObject({ ready: true, observedGeneration: state.generation });
    });

  async function issue(): Promise<{ unchanged: boolean; checks: readonly { ok: boolean }[] }> {
    const args = ['issue', bundle, '--kubeconfig', cluster.kubeconfig, '-o', 'json'];
    const { code, stdout, stderr } = await eggtooth(args);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    return onlyItem('issue', { stdout });
  }

  /** Applies the StatefulSet of the bundle with another name, and without one field of its pod. */
  async function applyWithout(part: string, name: string): Promise<void> {
    const relabel = ['/metadata/name', '/spec/selector/matchLabels/app', '/spec/template/metadata/labels/app'];
    const patches = [...relabel.map((path) => JsonPatch.replace(path, name)), JsonPatch.remove(`${podSpec}/${part}`)];
    // The pod of the bundle uses the host port.
    const ports = JsonPatch.remove(`${podSpec}/containers/0/ports`);
    await cluster.apply(JsonPatch.apply(statefulSet, ...patches, ports));
    await cluster.kubectl(['wait', '--for=create', `pod/${name}-0`, '-n', namespace, '--timeout=180s']);
  }

  test('meets a node that is not Ready and has the taint not-ready', async () => {
    const { spec, status } = JSON.parse(await cluster.kubectl(['get', 'node', node.name, '-o', 'json']));
    const ready = status.conditions.find(({ type }: { type: string }) => type === 'Ready');

    expect(ready).toMatchObject({ status: 'False', reason: 'KubeletNotReady' });
    expect(ready.message).toContain('cni plugin not initialized');
    expect(spec.taints).toContainEqual({ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' });
  });

  test('has a pod that is scheduled nevertheless, and runs on the host network', async () => {
    const rollout = ['rollout', 'status', 'statefulset/assets', '-n', namespace, '--timeout=180s'];
    expect(await cluster.kubectl(rollout)).toContain('roll out complete');

    const { spec, status } = await podOf('assets-0');
    expect(spec.nodeName).toBe(node.name);
    expect(status).toMatchObject({ phase: 'Running', podIP: node.address });
    expect(await eventsOf('assets-0')).toContain(`Successfully assigned ${namespace}/assets-0 to ${node.name}`);
  });

  test('is verified by issue', async () => {
    const { unchanged, checks } = await issue();

    expect(unchanged).toBe(false);
    expect(checks).toHaveLength(6);
    expect(checks.every(({ ok }) => ok)).toBe(true);
  });

  test('lets source-controller read an index and a chart', async () => {
    await startFlux(cluster);
    await becomesReady('helmrepository', 'system');
    await cluster.apply({
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'HelmChart',
      metadata: { name: 'network', namespace },
      spec: { chart: 'network', interval: '5m', sourceRef: { kind: 'HelmRepository', name: 'system' } },
    });
    await becomesReady('helmchart', 'network');
  });

  test('can be read through its Service too', async () => {
    const path = `/api/v1/namespaces/${namespace}/services/assets:http/proxy/repos/system/index.yaml`;
    expect(await eventually(() => cluster.kubectl(['get', '--raw', path]))).toContain('network-0.1.0.tgz');
  });

  test('keeps its certificate when its pod is replaced', async () => {
    const { metadata } = await podOf('assets-0');
    await cluster.kubectl(['delete', 'pod', 'assets-0', '-n', namespace, '--wait']);
    await eventually(async () => expect((await podOf('assets-0')).metadata.uid).not.toBe(metadata.uid));
    await cluster.kubectl(['wait', '--for=condition=Ready', 'pod/assets-0', '-n', namespace, '--timeout=180s']);

    const { unchanged, checks } = await issue();
    expect(unchanged).toBe(true);
    expect(checks.every(({ ok }) => ok)).toBe(true);
  });

  test('needs hostNetwork for its pod to run', async () => {
    await applyWithout('hostNetwork', 'with-pod-network');

    const events = await eventually(async () => {
      const text = await eventsOf('with-pod-network-0');
      return text.includes('NetworkNotReady') && text;
    });
    expect(events).toContain('cni plugin not initialized');
    await eventually(async () => {
      const { spec, status } = await podOf('with-pod-network-0');
      expect(spec.nodeName).toBe(node.name);
      expect(status.phase).toBe('Pending');
      expect(status.containerStatuses?.[0]?.state.waiting?.reason).toBe('ContainerCreating');
    });
  });

  test('needs the tolerations for its pod to be scheduled', async () => {
    await applyWithout('tolerations', 'without-tolerations');

    const { spec, status } = await eventually(async () => {
      const pod = await podOf('without-tolerations-0');
      return pod.status.conditions?.some(({ reason }) => reason === 'Unschedulable') && pod;
    });
    expect(spec.nodeName).toBeUndefined();
    expect(status.conditions[0]?.message).toContain('untolerated taint(s)');
  });

  const unschedulable = (name: string) =>
    eventually(async () => {
      const { status } = await podOf(name);
      return status.conditions?.find(({ reason }) => reason === 'Unschedulable')?.message ?? false;
    });

  test('is scheduled next to a pod of Flux with the taints of every distribution, each of which matters', async () => {
    const taints = taintsOfNewNodes.map(({ key }) => `${key}=:NoSchedule`);
    await cluster.kubectl(['taint', 'node', node.name, '--overwrite', ...taints]);
    const [flux] = synth((chart) => new FluxAio(chart, 'flux')).filter(({ kind }) => kind === 'Deployment');
    const tolerations = listAt(flux, 'spec', 'template', 'spec', 'tolerations');
    expect(tolerations).toHaveLength(taints.length);

    // The node controller removes its own taints for conditions that the node does not have.
    const lasting = taintsOfNewNodes.flatMap(({ key }, index) =>
      /^node\.kubernetes\.io\/[un]/.test(key) ? [] : [index],
    );

    await cluster.apply([
      plainPod('tolerant', { tolerations }),
      ...lasting.map((index) => plainPod(`lacks-${index}`, { tolerations: tolerations.toSpliced(index, 1) })),
    ]);

    await eventually(async () => expect((await podOf('tolerant')).spec.nodeName).toBe(node.name));
    expect(lasting).toHaveLength(taints.length - 3);
    for (const index of lasting) expect(await unschedulable(`lacks-${index}`)).toContain('untolerated taint(s)');
  });

  test('is kept apart from a pod that requires it, whichever of them the scheduler sees first', async () => {
    const tolerations = [{ operator: 'Exists' }];
    const term = { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'avoided' } } };
    const podAntiAffinity = { requiredDuringSchedulingIgnoredDuringExecution: [term] };
    await cluster.apply(plainPod('avoiding', { tolerations, affinity: { podAntiAffinity } }));
    await eventually(async () => expect((await podOf('avoiding')).spec.nodeName).toBe(node.name));

    await cluster.apply(plainPod('avoided', { tolerations }));

    expect(await unschedulable('avoided')).toContain('anti-affinity');
  });
});

/** A pod on the host network that needs no port. */
function plainPod(name: string, spec: object): KubeObject {
  const container = { name: 'server', image, imagePullPolicy: 'Never' };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { app: name } },
    spec: { hostNetwork: true, terminationGracePeriodSeconds: 0, containers: [container], ...spec },
  };
}

async function makeFolderOfCharts({ dir }: Cluster): Promise<string> {
  const charts = mkdtempSync(join(dir, 'charts-'));
  await makeCharts(charts, { 'repos/system': [{ name: 'network' }], 'repos/apps': [{ name: 'shop' }] });
  return charts;
}

function withLocalImage(object: KubeObject): KubeObject {
  const container = `${podSpec}/containers/0`;
  return JsonPatch.apply(
    object,
    JsonPatch.replace(`${container}/image`, image),
    JsonPatch.add(`${container}/imagePullPolicy`, 'Never'),
  );
}
