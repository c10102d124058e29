import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cluster as Client } from '../../../src/cluster/cluster';
import { clusterFromKubeconfig } from '../../../src/cluster/kubeconfig';
import { fieldAt, listAt, stringAt } from '../../../src/kubernetes/fields';
import type { KubeObject } from '../../../src/kubernetes/kube-object';
import { readBundle } from '../../../src/kubernetes/read-bundle';
import { type UpResult, up } from '../../../src/up';
import { type PreparedNode, prepareNode } from '../../../tools/bootstrap/bootstrap';
import { names } from '../../../tools/bootstrap/names';
import {
  type ControlPlane,
  cniInstallerImage,
  eventually,
  nodeObstacle,
  startControlPlane,
} from '../../../tools/control-plane';

/** A bundle on a real node that gets the image of its CNI late, while everything that can fail does. */
describe.skipIf(nodeObstacle())('on a node without the image of its CNI', () => {
  let cluster: ControlPlane;
  let client: Client;
  let prepared: PreparedNode;
  let objects: readonly KubeObject[];
  let running: Promise<UpResult>;
  const steps: string[] = [];

  beforeAll(async () => {
    cluster = await startControlPlane();
    client = await clusterFromKubeconfig({ kubeconfig: cluster.kubeconfig });
    prepared = await prepareNode(cluster, { cni: false });
    objects = readBundle(prepared.bundle).map(withShortAttempts);
  });
  afterAll(async () => {
    await running?.catch(() => {});
    client?.close();
    await cluster?.stop();
  });

  const get = async (...args: string[]): Promise<KubeObject> =>
    JSON.parse(await cluster.kubectl(['get', ...args, '-o', 'json']));
  const release = () => get('helmrelease', names.cni, '-n', 'kube-system');
  const failures = async () => Number(fieldAt(await release(), 'status', 'failures') ?? 0);
  const isNodeReady = async () => {
    const conditions = listAt(await get('node', prepared.node.name), 'status', 'conditions');
    return conditions.some((one) => stringAt(one, 'type') === 'Ready' && stringAt(one, 'status') === 'True');
  };
  /** Waits until helm-controller is in the middle of an attempt. */
  const untilInstalling = () =>
    eventually(async () => {
      const conditions = listAt(await release(), 'status', 'conditions');
      expect(conditions).toContainEqual(
        expect.objectContaining({
          type: 'Ready',
          message: expect.stringMatching(/^Running '(install|upgrade)' action/),
        }),
      );
    });

  test('up reports a wrong image of the assets server', async () => {
    const wrong = objects.map((object) => withImage(object, 'localhost/assets:typo'));

    // On a busy machine, kubelet may not have tried to pull it before the first run ends.
    await eventually(() =>
      expect(up(client, wrong, { timeout: 8_000 })).rejects.toMatchObject({
        code: 'ERR_EGGTOOTH_NOT_READY',
        object: { kind: 'Pod', name: `${names.assets}-0` },
        problem: expect.stringContaining('localhost/assets:typo'),
      }),
    );
  });

  test('up replaces the pod with that image, and waits for the image of the CNI', async () => {
    running = up(client, objects, { timeout: 280_000, onProgress: (step) => steps.push(step) });
    running.catch(() => {});

    await eventually(async () => expect(await failures()).toBeGreaterThan(0), { timeout: 200_000 });

    expect(steps).toContainEqual(
      expect.stringMatching(new RegExp(`^Pod ${names.namespace}/${names.assets}-0 deleted`)),
    );
    await eventually(async () =>
      expect(steps).toContainEqual(
        expect.stringMatching(
          new RegExp(
            `^waiting for Pod kube-system/${names.cni}-\\w+: has no image for container installer, ${names.cniImage} \\(.*\\); HelmRelease kube-system/${names.cni} is .*failed attempt.*retried 2s after each`,
          ),
        ),
      ),
    );
    expect(await isNodeReady()).toBe(false);
  });

  test('helm-controller goes on after it was killed in the middle of an attempt', async () => {
    await untilInstalling();
    const before = await failures();
    await prepared.node.killContainers('helm-controller');

    await eventually(async () => expect(await failures()).toBeGreaterThan(before), { timeout: 200_000 });
  });

  test('up goes on after the API server was restarted while the CNI is installed', async () => {
    await untilInstalling();
    await cluster.restartApiServer();

    await untilInstalling();
    expect(steps.some((step) => step.startsWith('retrying: '))).toBe(true);
  });

  test('the node becomes Ready by itself once the image is there, although it was rebooted in between', async () => {
    await untilInstalling();
    await prepared.node.reboot();
    await prepared.node.addImage(await cniInstallerImage(names.cniImage));

    const { releases, nodes, notWaitedFor, repositories } = await running;

    expect(await isNodeReady()).toBe(true);
    expect(repositories).toHaveLength(1);
    expect(releases).toMatchObject([{ name: names.cni, ready: true, revision: '0.1.0' }]);
    expect(nodes).toEqual([{ apiVersion: 'v1', kind: 'Node', name: prepared.node.name, ready: true }]);
    expect(notWaitedFor).toEqual([]);
    expect(steps.at(-1)).toBe(`Node ${prepared.node.name} is Ready`);
  });

  test('up changes nothing afterwards, and says the same', async () => {
    const { objects: applied, releases, nodes } = await up(client, objects, { timeout: 120_000 });

    expect(applied.filter(({ result }) => result !== 'unchanged')).toEqual([]);
    expect(releases).toMatchObject([{ name: names.cni, revision: '0.1.0' }]);
    expect(nodes).toMatchObject([{ name: prepared.node.name, ready: true }]);
  });
});

/** The HelmRelease with attempts that end early. */
function withShortAttempts(object: KubeObject): KubeObject {
  if (object.kind !== 'HelmRelease') return object;
  const strategy = { name: 'RetryOnFailure', retryInterval: '2s' };
  const spec = { ...(object.spec as object), timeout: '8s', install: { strategy }, upgrade: { strategy } };
  return { ...object, spec };
}

function withImage(object: KubeObject, image: string): KubeObject {
  if (object.kind !== 'StatefulSet') return object;
  const copy = structuredClone(object);
  for (const container of listAt(copy, 'spec', 'template', 'spec', 'containers'))
    Object.assign(container as object, { image });
  return copy;
}
