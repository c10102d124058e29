import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cluster } from '../../src/cluster/cluster';
import { clusterFromKubeconfig } from '../../src/cluster/kubeconfig';
import { newestFlux } from '../../src/constructs/flux-aio/flux-releases';
import { fluxCrds } from '../../src/constructs/flux-aio/load-crds';
import { isError } from '../../src/errors';
import type { KubeObject } from '../../src/kubernetes/kube-object';
import { readBundle } from '../../src/kubernetes/read-bundle';
import { requestReconcile } from '../../src/signing/flux/reconcile-request';
import { applyObjects } from '../../src/up/apply-objects';
import { type ControlPlane, startControlPlane } from '../../tools/control-plane';
import { bundleObjects, writeBundle } from './support/bundle';
import { eggtooth } from './support/eggtooth';

let plane: ControlPlane;
let cluster: Cluster;
beforeAll(async () => {
  plane = await startControlPlane();
  cluster = await clusterFromKubeconfig({ kubeconfig: plane.kubeconfig });
  await applyObjects(cluster, fluxCrds(newestFlux), { timeout: 60_000 });
  await plane.kubectl(['create', 'configmap', 'victim', '-n', 'kube-system']);
});
afterAll(async () => {
  cluster?.close();
  await plane?.stop();
});

const victim = () =>
  plane.kubectl(['get', 'configmap', 'victim', '-n', 'kube-system', '-o', 'jsonpath={.metadata.resourceVersion}']);

const VICTIM = 'api/v1/namespaces/kube-system/configmaps/victim';
const GROUP = 'source.toolkit.fluxcd.io';

/** Manifests of HelmRepositories whose request could leave the path of their kind. */
const attempts: readonly (readonly [string, { name: string; namespace?: string; apiVersion?: string }])[] = [
  ['a name with slashes', { name: `x/../../../../../../../${VICTIM}` }],
  ['a name of a subresource', { name: 'x/status' }],
  ['an encoded name', { name: `x%2f..%2f..%2f..%2f..%2f..%2f..%2f..%2f${VICTIM.replaceAll('/', '%2f')}` }],
  ['a name of dots', { name: '..' }],
  ['a name with a line break', { name: 'x\ny' }],
  ['a namespace with slashes', { name: 'x', namespace: `../../../../../${VICTIM}` }],
  ['a namespace of dots', { name: 'x', namespace: '..' }],
  ['a version with backslashes', { name: 'x', apiVersion: `${GROUP}/..\\..\\${VICTIM.replaceAll('/', '\\')}#` }],
  ['a version with slashes', { name: 'x', apiVersion: `${GROUP}/../../${VICTIM}#/v1` }],
  ['a version of dots', { name: 'x', apiVersion: `${GROUP}/..` }],
];

describe('a HelmRepository that leads to another object by', () => {
  test.each(attempts)(
    '%s is rejected before any request',
    async (_, { name, namespace = 'flux', apiVersion = `${GROUP}/v1` }) => {
      const calls: string[] = [];
      const spy: Cluster = {
        ...cluster,
        call: (call) => {
          calls.push(`${call.method} ${call.path}`);
          return cluster.call(call);
        },
      };
      const before = await victim();

      const object: KubeObject = { apiVersion, kind: 'HelmRepository', metadata: { namespace, name } };
      const error = await requestReconcile(spy, object).catch((reason: unknown) => reason);

      expect(isError(error, 'ERR_EGGTOOTH_BUNDLE')).toBe(true);
      expect(calls).toEqual([]);
      expect(await victim()).toBe(before);
    },
  );

  test('a name that ends its path is encoded', async () => {
    const calls: string[] = [];
    const spy: Cluster = { ...cluster, call: async ({ path }) => calls.push(path) };

    const metadata = { namespace: 'flux', name: 'x?dryRun=All#' };
    await requestReconcile(spy, { apiVersion: `${GROUP}/v1`, kind: 'HelmRepository', metadata });

    expect(calls).toEqual([`/apis/${GROUP}/v1/namespaces/flux/helmrepositories/x%3FdryRun%3DAll%23`]);
  });
});

test('kubectl applies the items of an object that is no List, which readBundle rejects', async () => {
  const item = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'item', namespace: 'default' } };
  const object = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'outer', namespace: 'default' },
    items: [item],
  };

  await plane.kubectl(['apply', '--server-side', '-f', '-'], JSON.stringify(object));

  expect(await plane.kubectl(['get', 'configmap', 'item', '-n', 'default', '-o', 'name'])).toBe('configmap/item\n');
  await expect(plane.kubectl(['get', 'configmap', 'outer', '-n', 'default'])).rejects.toThrow('not found');
  expect(() => readBundle(writeBundle(join(plane.dir, 'items.yaml'), [object]))).toThrow('has items but is not a List');
});

test('up writes nothing of a bundle with such a name', async () => {
  const [first, ...others] = bundleObjects({ url: plane.url });
  const metadata = { name: `x/../../${VICTIM}`, namespace: 'eggtooth-system' };
  const evil = { apiVersion: `${GROUP}/v1`, kind: 'HelmRepository', metadata, spec: {} };
  const bundle = writeBundle(join(plane.dir, 'evil.yaml'), [first as KubeObject, evil, ...others]);

  const { code, stderr } = await eggtooth(['up', bundle, '--kubeconfig', plane.kubeconfig]);

  expect(stderr).toContain('invalid metadata.name');
  expect(stderr).toContain('code: ERR_EGGTOOTH_BUNDLE');
  expect(code).toBe(1);
  await expect(plane.kubectl(['get', 'namespace', 'eggtooth-system'])).rejects.toThrow('not found');
});
