import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/kubernetes/kube-object';
import { hasController, installsCni, nodeState } from '../../../src/up/links/node-state';

const node = (...conditions: object[]): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'node-1' },
  status: { conditions },
});
const ready = (status: string, reason: string, message: string) => ({ type: 'Ready', status, reason, message });
const NETWORK =
  'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized';

describe('nodeState', () => {
  test.each<[string, KubeObject, object]>([
    [
      'is Ready',
      node(ready('True', 'KubeletReady', 'kubelet is posting ready status')),
      { ready: true, lacksCni: false },
    ],
    ['lacks a CNI', node(ready('False', 'KubeletNotReady', NETWORK)), { ready: false, lacksCni: true }],
    [
      'lacks a CNI on CRI-O',
      node(
        ready(
          'False',
          'KubeletNotReady',
          'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: No CNI configuration file in /etc/cni/net.d/. Has your network provider started?',
        ),
      ),
      { ready: false, lacksCni: true },
    ],
    [
      'lacks a CNI among other things',
      node(ready('False', 'KubeletNotReady', `[${NETWORK}, CSINode is not yet initialized]`)),
      { ready: false, lacksCni: true },
    ],
    [
      'has no disk',
      node(ready('False', 'KubeletNotReady', 'container runtime is down')),
      { ready: false, lacksCni: false },
    ],
    [
      'lacked a CNI when kubelet was last heard of',
      node(ready('Unknown', 'NodeStatusUnknown', NETWORK)),
      { ready: false, lacksCni: false },
    ],
    ['has not reported anything', node(), { ready: false, lacksCni: false }],
  ])('of a node that %s', (_, object, state) => {
    expect(nodeState(object)).toMatchObject(state);
  });

  test('says why a node is not Ready', () => {
    expect(nodeState(node(ready('False', 'KubeletNotReady', 'down\r\nand out')))).toMatchObject({
      problem: 'is not Ready (KubeletNotReady: down and out)',
    });
    expect(nodeState(node()).problem).toBe('is not Ready: kubelet has not reported it');
  });
});

describe('installsCni', () => {
  const workload = (...paths: (string | undefined)[]): KubeObject => ({
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'agent' },
    spec: {
      template: {
        spec: { volumes: paths.map((path) => (path === undefined ? { emptyDir: {} } : { hostPath: { path } })) },
      },
    },
  });

  test.each([
    '/etc/cni/net.d',
    '/opt/cni/bin',
    '/etc/cni',
    '/var/lib/rancher/k3s/agent/etc/cni/net.d',
    '/var/snap/microk8s/current/args/cni-network',
    '/opt/cni/bin/',
  ])('recognizes %s', (path) => {
    expect(installsCni(workload(undefined, '/lib/modules', path))).toBe(true);
  });

  test.each(['/var/lib/cnid', '/var/log', '/opt/vaccni', '/', '/sys/fs/bpf'])('takes no notice of %s', (path) => {
    expect(installsCni(workload(path, undefined))).toBe(false);
  });

  test('takes no notice of a workload of any other shape', () => {
    expect(installsCni({ apiVersion: 'v1', kind: 'Pod', metadata: {}, spec: null })).toBe(false);
  });
});

test.each([
  [[{ controller: true }], true],
  [[{ controller: false }, {}], false],
  [undefined, false],
])('hasController of an object with the owners %j', (ownerReferences, expected) => {
  const metadata = { name: 'calico-node', ...{ ownerReferences } };

  expect(hasController({ apiVersion: 'apps/v1', kind: 'DaemonSet', metadata })).toBe(expected);
});
