import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  assetsServerImage,
  type ControlPlane,
  cniInstallerImage,
  eventually,
  type KubeObject,
  type Node,
  nodeObstacle,
  startControlPlane,
  startNode,
} from './index';

const port = 8123;
const config = {
  cniVersion: '1.0.0',
  name: 'pods',
  plugins: [
    {
      type: 'bridge',
      bridge: 'cni0',
      isGateway: true,
      ipam: { type: 'host-local', ranges: [[{ subnet: '10.244.0.0/24' }]], routes: [{ dst: '0.0.0.0/0' }] },
    },
  ],
};
const folders = ['/etc/cni/net.d', '/opt/cni/bin'];

describe.skipIf(nodeObstacle())('a real node with a CNI', () => {
  let cluster: ControlPlane;
  let node: Node;
  const before = folders.map((folder) => existsSync(folder));

  beforeAll(async () => {
    cluster = await startControlPlane();
    node = await startNode(cluster);
    const files = await mkdtemp(join(cluster.dir, 'files-'));
    await writeFile(join(files, 'hello'), 'from a pod');
    await node.addImage(await cniInstallerImage('localhost/cni-installer:1'));
    await node.addImage(await assetsServerImage('localhost/files:1', files, port));
  });
  afterAll(() => cluster?.stop());

  const readyCondition = async () => {
    const { status } = JSON.parse(await cluster.kubectl(['get', 'node', node.name, '-o', 'json']));
    return status.conditions.find(({ type }: { type: string }) => type === 'Ready');
  };
  const answerOfOrdinaryPod = async () => {
    const address = await cluster.kubectl(['get', 'pod', 'ordinary', '-o', 'jsonpath={.status.podIP}']);
    expect(address).toMatch(/^10\.244\.0\.\d+$/);
    const response = await fetch(`http://${address}:${port}/hello`, { signal: AbortSignal.timeout(10_000) });
    return response.text();
  };

  test('is not Ready before a CNI is installed', async () => {
    expect(await readyCondition()).toMatchObject({ status: 'False', reason: 'KubeletNotReady' });
    expect((await readyCondition()).message).toContain('cni plugin not initialized');
  });

  test('becomes Ready when a pod installs a CNI, which changes nothing on the machine', async () => {
    await cluster.apply([ordinaryPod, installerPod]);
    await cluster.kubectl(['wait', '--for=condition=Ready', `node/${node.name}`, '--timeout=180s']);
    expect(folders.map((folder) => existsSync(folder))).toEqual(before);
  });

  test('gives an ordinary pod an address of its own', async () => {
    await cluster.kubectl(['wait', '--for=condition=Ready', 'pod/ordinary', '--timeout=180s']);
    expect(await answerOfOrdinaryPod()).toBe('from a pod');
  });

  test('runs its pods again after a reboot', async () => {
    const started = Date.now();
    await node.reboot();
    expect(Date.now() - started).toBeLessThan(30_000);

    await eventually(async () => {
      for (const name of ['ordinary', 'installer']) {
        const { status } = JSON.parse(await cluster.kubectl(['get', 'pod', name, '-o', 'json']));
        expect(status.containerStatuses[0]).toMatchObject({ ready: true, restartCount: 1 });
      }
      expect(await answerOfOrdinaryPod()).toBe('from a pod');
    });
    const events = await cluster.kubectl(['get', 'events', '--field-selector', 'reason=Rebooted']);
    expect(events).toContain(`Node ${node.name} has been rebooted`);
    expect(await readyCondition()).toMatchObject({ status: 'True' });
  });

  test('leaves no network link behind when it is stopped', async () => {
    expect(readFileSync('/proc/net/dev', 'utf8')).toMatch(/cni0/);
    await node.stop();
    expect(readFileSync('/proc/net/dev', 'utf8')).not.toMatch(/cni0|veth/);
  });
});

const tolerations = [{ operator: 'Exists' }];

const ordinaryPod: KubeObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'ordinary', namespace: 'default' },
  spec: { containers: [{ name: 'files', image: 'localhost/files:1', imagePullPolicy: 'Never' }] },
};

const installerPod: KubeObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'installer', namespace: 'default' },
  spec: {
    hostNetwork: true,
    tolerations,
    containers: [
      {
        name: 'installer',
        image: 'localhost/cni-installer:1',
        imagePullPolicy: 'Never',
        env: [{ name: 'CNI_CONFIG', value: JSON.stringify(config) }],
        volumeMounts: folders.map((folder, index) => ({ name: `folder-${index}`, mountPath: `/host${folder}` })),
      },
    ],
    volumes: folders.map((path, index) => ({ name: `folder-${index}`, hostPath: { path } })),
  },
};
