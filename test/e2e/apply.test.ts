import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cluster } from '../../src/cluster/cluster';
import { ClusterObjects } from '../../src/cluster/cluster-objects';
import { clusterFromKubeconfig } from '../../src/cluster/kubeconfig';
import { newestFlux } from '../../src/constructs/flux-aio/flux-releases';
import { fluxCrds } from '../../src/constructs/flux-aio/load-crds';
import { EggtoothError } from '../../src/errors';
import { type KubeObject, referenceTo } from '../../src/kubernetes/kube-object';
import { applyObjects } from '../../src/up/apply-objects';
import { planUp } from '../../src/up/plan-up';
import { type ControlPlane, eventually, startControlPlane } from '../../tools/control-plane';
import { bundleObjects } from './support/bundle';
import { eggtooth } from './support/eggtooth';

let plane: ControlPlane;
let cluster: Cluster;
let bundle: readonly KubeObject[];
beforeAll(async () => {
  plane = await startControlPlane();
  cluster = await clusterFromKubeconfig({ kubeconfig: plane.kubeconfig });
  bundle = [...bundleObjects({ url: plane.url }), ...fluxCrds(newestFlux)];
});
afterAll(async () => {
  cluster?.close();
  await plane?.stop();
});

const configMap = (name: string, data: unknown = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default' },
  data,
});

const failureOf = async (promise: Promise<unknown>): Promise<EggtoothError> => {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof EggtoothError) return error;
  throw new Error(`no EggtoothError: ${error}`);
};

describe('applyObjects', () => {
  test('applies a bundle with its CRDs in an order that an empty cluster accepts', async () => {
    const applied = await applyObjects(cluster, bundle, { timeout: 60_000 });

    expect(applied.every(({ result }) => result === 'created')).toBe(true);
    const kinds = applied.map(({ kind }) => kind);
    expect(kinds.lastIndexOf('CustomResourceDefinition')).toBeLessThan(kinds.indexOf('Namespace'));
    expect(kinds.lastIndexOf('Namespace')).toBe(kinds.indexOf('StatefulSet') - 1);
    expect(kinds).toHaveLength(bundle.length);
  });

  test('changes no resourceVersion when it is repeated', async () => {
    const objects = new ClusterObjects(cluster);
    const read = () => Promise.all(bundle.map((object) => objects.get(referenceTo(object))));
    // A controller may write in between at first.
    await eventually(async () => {
      const before = await read();
      const applied = await applyObjects(cluster, bundle);
      expect(applied.filter(({ result }) => result !== 'unchanged')).toEqual([]);
      expect(await read()).toEqual(before);
    });
  });

  test('restores what somebody else changed', async () => {
    const [changed] = bundle.filter(({ kind }) => kind === 'Role');
    await plane.kubectl([
      'patch',
      'role',
      'assets-reader',
      '-n',
      'eggtooth-system',
      '--type=merge',
      '-p',
      '{"rules":[]}',
    ]);

    const applied = await applyObjects(cluster, bundle);

    const others = applied.filter(({ result }) => result !== 'unchanged');
    expect(others).toEqual([{ ...referenceTo(changed as KubeObject), result: 'configured' }]);
  });
});

describe('applyObjects rejects', () => {
  test('an unknown kind, before anything is written', async () => {
    const unknown = { apiVersion: 'example.org/v1', kind: 'Egg', metadata: { name: 'egg', namespace: 'default' } };
    const error = await failureOf(applyObjects(cluster, [configMap('first'), unknown]));

    expect(error.code).toBe('ERR_EGGTOOTH_NOT_FOUND');
    expect(error.message).toContain('Egg default/egg: the cluster does not know the kind Egg of example.org/v1');
    await expect(plane.kubectl(['get', 'configmap', 'first'])).rejects.toThrow('not found');
  });

  test('a field that the API server does not know, and names it', async () => {
    const error = await failureOf(applyObjects(cluster, [{ ...configMap('typo'), dta: { a: 'b' } }]));

    expect(error.code).toBe('ERR_EGGTOOTH_API');
    expect(error.message).toContain('ConfigMap default/typo: cannot apply the ConfigMap');
    expect(error.message).toContain('dta');
    await expect(plane.kubectl(['get', 'configmap', 'typo'])).rejects.toThrow('not found');
  });

  test('a Secret without quoting its contents', async () => {
    const secret = { ...configMap('hidden'), kind: 'Secret', data: undefined, stringData: { a: ['TOP-SECRET'] } };
    const error = await failureOf(applyObjects(cluster, [secret]));

    expect(error.message).toContain('Secret default/hidden: cannot apply the Secret');
    expect(error.message).not.toContain('TOP-SECRET');
  });

  test('an object in a missing namespace, without retries', async () => {
    const steps: string[] = [];
    const object = { ...configMap('lost'), metadata: { name: 'lost', namespace: 'nowhere' } };
    const error = await failureOf(applyObjects(cluster, [object], { onProgress: (step) => steps.push(step) }));

    expect(error.code).toBe('ERR_EGGTOOTH_NOT_FOUND');
    expect(error.message).toContain('namespaces "nowhere" not found');
    expect(steps.filter((step) => step.startsWith('retrying'))).toEqual([]);
  });

  test('several objects at once in a dry run, after trying all of them', async () => {
    const [one, other] = [
      { ...configMap('one'), dta: {} },
      { ...configMap('other'), dta: {} },
    ];
    const error = await failureOf(planUp(cluster, [one, configMap('good'), other]));

    expect(error.message).toContain('2 objects are rejected:\n  ConfigMap default/one: cannot apply the ConfigMap');
    expect(error.message).toContain('\n  ConfigMap default/other: cannot apply the ConfigMap');
    const { objects } = await planUp(cluster, [configMap('good')]);
    expect(objects).toMatchObject([{ name: 'good', result: 'created' }]);
    await expect(plane.kubectl(['get', 'configmap', 'good'])).rejects.toThrow('not found');
  });

  test('an object with a generateName, which every apply would create again', async () => {
    const error = await failureOf(applyObjects(cluster, [{ ...configMap(''), metadata: { generateName: 'x-' } }]));

    expect(error.code).toBe('ERR_EGGTOOTH_BUNDLE');
    expect(error.message).toContain('ConfigMap default/x-*: has a generateName instead of a name');
  });
});

describe('ClusterObjects', () => {
  test('reads an object, and deletes it only with the given uid', async () => {
    const objects = new ClusterObjects(cluster);
    const reference = referenceTo(configMap('to-delete'));
    const { metadata } = await objects.apply(configMap('to-delete', { a: 'b' }));
    const { uid } = metadata as { uid?: string };
    expect((await objects.get(reference))?.data).toEqual({ a: 'b' });

    const error = await failureOf(objects.delete(reference, { uid: 'another' }));
    expect(error.code).toBe('ERR_EGGTOOTH_API');

    expect(await objects.delete(reference, { uid, dryRun: true })).toBe(true);
    expect(await objects.get(reference)).toBeDefined();
    expect(await objects.delete(reference, { uid })).toBe(true);
    expect(await objects.delete(reference)).toBe(false);
    expect(await objects.get(reference)).toBeUndefined();
  });

  test('stores nothing in a dry run', async () => {
    const objects = new ClusterObjects(cluster);
    await objects.apply(configMap('tried'), { dryRun: true });

    expect(await objects.get(referenceTo(configMap('tried')))).toBeUndefined();
  });

  test('encodes names, so that no name leads to another path', async () => {
    const objects = new ClusterObjects(cluster);
    const role = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'eggtooth:a b?c' },
      rules: [],
    };
    await objects.apply(role);
    expect((await objects.get(referenceTo(role)))?.metadata.name).toBe('eggtooth:a b?c');

    const elsewhere = { ...configMap('../../../nodes/x'), data: undefined };
    for (const call of [() => objects.get(referenceTo(elsewhere)), () => objects.apply(elsewhere)]) {
      expect((await failureOf(call())).message).toContain('the ConfigMap has an invalid name: "../../../nodes/x"');
    }
  });

  test('ignores the namespace in the reference of a cluster-scoped object', async () => {
    const objects = new ClusterObjects(cluster);
    const get = (apiVersion: string, kind: string, name: string) =>
      objects.get({ apiVersion, kind, namespace: 'kube-system', name });

    expect(await get('v1', 'Namespace', 'default')).toMatchObject({ kind: 'Namespace' });
    expect(await get('rbac.authorization.k8s.io/v1', 'ClusterRole', 'view')).toMatchObject({ kind: 'ClusterRole' });
    expect(await get('apps/v1', 'StatefulSet', 'view')).toBeUndefined();
  });
});

describe('the command line, for a folder with the bundles of two clusters', () => {
  const labelled = (bundle: string) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings', labels: { 'eggtooth.dev/bundle': bundle } },
    data: { bundle },
  });
  let folder: string;
  let kubeconfig: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(plane.dir, 'bundles-'));
    for (const name of ['one', 'two']) writeFileSync(join(folder, `${name}.json`), JSON.stringify(labelled(name)));
    kubeconfig = join(folder, '.kubeconfig');
    writeFileSync(kubeconfig, readFileSync(plane.kubeconfig));
    await plane.kubectl(['create', 'namespace', 'shop']);
    await plane.kubectl(['config', 'set-context', '--current', '--namespace=shop', '--kubeconfig', kubeconfig]);
  });

  const run = (...args: readonly string[]) => eggtooth([...args, folder, '--kubeconfig', kubeconfig]);
  const stored = () =>
    plane.kubectl(['get', 'configmap', '-A', '-l', 'eggtooth.dev/bundle in (one,two)', '-o', NAMES_AND_BUNDLES]);
  const NAMES_AND_BUNDLES = 'jsonpath={range .items[*]}{.metadata.namespace}/{.metadata.name} {.data.bundle} {end}';

  test('up writes nothing until one of them is named', async () => {
    const { code, stderr } = await run('up');

    expect(code).toBe(1);
    expect(stderr).toContain('the manifests are those of 2 bundles: one, two');
    expect(stderr).toContain('fix: choose one with --bundle NAME');
    expect(await stored()).toBe('');
  });

  test('up applies the one that is named, in the namespace of the context, and down deletes it there', async () => {
    expect(await run('up', '--bundle', 'two')).toMatchObject({ code: 0, stdout: expect.stringContaining('1 created') });
    expect(await stored()).toBe('shop/settings two ');

    expect(await run('down', '--bundle', 'two')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^deleted +ConfigMap shop\/settings$/m),
    });
    expect(await stored()).toBe('');
  });
});
