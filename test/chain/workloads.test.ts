import { describe, expect, test } from 'vitest';
import { ProxyRoute } from '../../src/chain/proxy-route';
import { createsPod, readWorkloads, workloadsBehind } from '../../src/chain/workloads';
import type { KubeObject } from '../../src/kubernetes/kube-object';

function workload(kind: string, name: string, namespace = 'platform', labels: object = {}): KubeObject {
  const metadata = { name, namespace };
  if (kind === 'Pod') return { apiVersion: 'v1', kind, metadata: { ...metadata, labels: { ...labels } }, spec: {} };
  return { apiVersion: 'apps/v1', kind, metadata, spec: { template: { metadata: { labels }, spec: {} } } };
}

describe('createsPod', () => {
  test.each([
    { kind: 'StatefulSet', pod: 'assets-0', expected: true },
    { kind: 'StatefulSet', pod: 'assets-12', expected: true },
    { kind: 'StatefulSet', pod: 'assets', expected: false },
    { kind: 'StatefulSet', pod: 'assets-', expected: false },
    { kind: 'StatefulSet', pod: 'assets-0-0', expected: false },
    { kind: 'StatefulSet', pod: 'other-0', expected: false },
    { kind: 'Deployment', pod: 'assets-0', expected: false },
    { kind: 'Pod', pod: 'assets', expected: true },
    { kind: 'Pod', pod: 'assets-0', expected: false },
  ])('is $expected for the $kind assets and the pod $pod', ({ kind, pod, expected }) => {
    const [found] = readWorkloads([workload(kind, 'assets')]);

    expect(found && createsPod(found, pod)).toBe(expected);
  });
});

describe('workloadsBehind', () => {
  const labels = { app: 'assets' };
  const objects = [
    workload('StatefulSet', 'assets', 'platform', labels),
    workload('StatefulSet', 'assets', 'elsewhere', labels),
    workload('Deployment', 'proxy', 'platform', labels),
    workload('Deployment', 'other', 'platform', { app: 'other' }),
  ];
  const namesBehind = (route: ProxyRoute, services: readonly KubeObject[] = []) =>
    workloadsBehind(route, readWorkloads(objects), services).map(
      ({ object }) => `${object.kind} ${object.metadata.name}`,
    );

  test('returns the workload that creates the pod of a route, in the namespace of the route', () => {
    expect(namesBehind(ProxyRoute.pod({ namespace: 'platform', name: 'assets-0' }))).toEqual(['StatefulSet assets']);
  });

  test('returns the workloads that the Service of a route selects, in the namespace of the route', () => {
    const route = ProxyRoute.service({ namespace: 'platform', name: 'assets' });
    const service = (namespace: string, selector: object): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'assets', namespace },
      spec: { selector },
    });

    const services = [service('elsewhere', { app: 'other' }), service('platform', labels)];
    expect(namesBehind(route, services)).toEqual(['StatefulSet assets', 'Deployment proxy']);
    expect(namesBehind(route, [])).toEqual([]);
  });
});
