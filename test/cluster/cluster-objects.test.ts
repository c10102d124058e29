import { describe, expect, test } from 'vitest';
import type { ApiCall, Cluster } from '../../src/cluster/cluster';
import { ClusterObjects } from '../../src/cluster/cluster-objects';
import { EggtoothError } from '../../src/errors';
import { type KubeObject, referenceTo } from '../../src/kubernetes/kube-object';

const notFound = new EggtoothError('ERR_EGGTOOTH_NOT_FOUND', 'has no such object', { status: 404 });

/** A cluster that answers by path; any other path is not found. */
function clusterWith(answers: Readonly<Record<string, unknown>>) {
  const calls: ApiCall[] = [];
  const cluster: Cluster = {
    server: 'https://example.org:6443',
    call: async (call) => {
      calls.push(call);
      if (!(call.path in answers)) throw notFound;
      return answers[call.path];
    },
    close: () => {},
  };
  return { calls, objects: new ClusterObjects(cluster) };
}

const repository = { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'HelmRepository' } as const;
const configMap: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'b' } };

describe('ClusterObjects', () => {
  test('lists nothing of a kind that the cluster does not serve, with or without discovery', async () => {
    const { objects } = clusterWith({});

    expect(await objects.list(repository)).toEqual([]);
    expect(await objects.list({ apiVersion: 'example.org/v1', kind: 'Egg' })).toEqual([]);
  });

  test('lists objects with their kind, by namespace, labels and fields', async () => {
    const path = '/apis/source.toolkit.fluxcd.io/v1/namespaces/platform/helmrepositories';
    const { calls, objects } = clusterWith({ [path]: { items: [{ metadata: { name: 'system' } }] } });

    const found = await objects.list(repository, {
      namespace: 'platform',
      labels: { app: 'x', tier: 'y' },
      fields: { 'metadata.name': 'system' },
    });

    expect(found).toEqual([{ ...repository, metadata: { name: 'system' } }]);
    expect(calls.map(({ query }) => query)).toEqual([
      { labelSelector: 'app=x,tier=y', fieldSelector: 'metadata.name=system', limit: '30' },
    ]);
  });

  test('discovers a kind again as long as the cluster does not serve it', async () => {
    const answers: Record<string, unknown> = {};
    const { calls, objects } = clusterWith(answers);
    const egg = { apiVersion: 'example.org/v1', kind: 'Egg' };
    expect(await objects.discover(egg)).toBeUndefined();
    const verbs = ['get', 'list'];
    answers['/apis/example.org/v1'] = { resources: [{ kind: 'Egg', name: 'eggs', namespaced: true, verbs }] };

    const expected = { base: '/apis/example.org/v1', plural: 'eggs', namespaced: true };
    expect(await objects.discover(egg)).toEqual(expected);
    expect(await objects.discover(egg)).toEqual(expected);
    expect(calls).toHaveLength(2);
  });

  test('lets errors quote the API server about an object that it rejects, but not about a Secret', async () => {
    const { calls, objects } = clusterWith({
      '/api/v1/namespaces/b/configmaps/a': configMap,
      '/api/v1/namespaces/b/secrets/a': configMap,
    });
    await objects.apply(configMap);
    await objects.get(referenceTo(configMap));
    await objects.apply({ ...configMap, kind: 'Secret' });

    expect(calls.filter(({ method }) => method === 'PATCH').map(({ quotable }) => quotable)).toEqual([true, false]);
    expect(calls.filter(({ quotable, method }) => quotable && method === 'GET')).toEqual([]);
  });
});
