import { App, Testing } from 'cdk8s';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiServer, BootstrapBundle } from '../../src';
import type { Cluster } from '../../src/cluster/cluster';
import { clusterFromKubeconfig } from '../../src/cluster/kubeconfig';
import { newestFlux } from '../../src/constructs/flux-aio/flux-releases';
import { fluxCrds } from '../../src/constructs/flux-aio/load-crds';
import type { EggtoothError } from '../../src/errors';
import { listAt, stringAt } from '../../src/kubernetes/fields';
import type { KubeObject } from '../../src/kubernetes/kube-object';
import { applyObjects } from '../../src/up/apply-objects';
import { planUp } from '../../src/up/plan-up';
import { withBundleName } from '../../src/up/removal/inventory';
import { type ControlPlane, startControlPlane } from '../../tools/control-plane';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

let plane: ControlPlane;
let cluster: Cluster;
beforeAll(async () => {
  plane = await startControlPlane();
  cluster = await clusterFromKubeconfig({ kubeconfig: plane.kubeconfig });
});
afterAll(async () => {
  cluster?.close();
  await plane?.stop();
});

const BUNDLE = { 'eggtooth.dev/bundle': 'platform' };
const configMap = (name: string, data: object, labels?: Readonly<Record<string, string>>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default', ...(labels && { labels }) },
  data,
});
const kubectl = (args: readonly string[], ...objects: readonly KubeObject[]) =>
  plane.kubectl([...args, '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
const read = async ({ kind, metadata: { name = '', namespace = 'default' } }: KubeObject) =>
  JSON.parse(await plane.kubectl(['get', kind, name, '-n', namespace, '-o', 'json', '--show-managed-fields']));
const apply = (object: KubeObject, options = {}) => applyObjects(cluster, [object], { timeout: 20_000, ...options });
const failureOf = (promise: Promise<unknown>): Promise<EggtoothError> =>
  promise.then(
    () => {
      throw new Error('it succeeded');
    },
    (error: EggtoothError) => error,
  );
const managersOf = (object: KubeObject) =>
  listAt(object.metadata, 'managedFields').map((entry) => stringAt(entry, 'manager'));

describe('what kubectl applied of the same bundle', () => {
  test('is taken over with all that Flux and the policies have, and repeated it is unchanged', async () => {
    const bundle = new BootstrapBundle(new App(), 'bundle', {
      apiServer: ApiServer.fromUrl(plane.url),
      namespace: 'platform',
      assets: { name: 'assets', image: 'registry.example/assets:1', port: 8123 },
      repositories: [{ name: 'system', path: '/repos/system' }],
      renewal: { image: 'registry.example/eggtooth:1' },
      flux: { namespace: 'flux' },
    });
    const crds = fluxCrds(newestFlux);
    const others: readonly KubeObject[] = Testing.synth(bundle);
    const objects = withBundleName([...crds, ...others]);
    // The annotation of a client-side apply cannot hold them.
    await kubectl(['apply', '--server-side'], ...crds);
    await plane.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);
    await kubectl(['apply'], ...others);

    const { objects: planned } = await planUp(cluster, objects);
    const applied = await applyObjects(cluster, objects);
    expect(applied.filter(({ result }) => result !== 'configured')).toEqual([]);
    expect(applied).toEqual(planned);
    const deployment = objects.find(({ kind }) => kind === 'Deployment') as KubeObject;
    const { metadata } = await read(deployment);
    expect(managersOf({ ...deployment, metadata })).not.toContain('kubectl-client-side-apply');
    expect(metadata.annotations).not.toHaveProperty([LAST_APPLIED]);
    expect((await applyObjects(cluster, objects)).filter(({ result }) => result !== 'unchanged')).toEqual([]);
  });

  test.each<readonly [how: string, args: readonly string[]]>([
    ['apply', ['apply']],
    ['apply --server-side', ['apply', '--server-side']],
    ['create --save-config', ['create', '--save-config']],
    ['apply --field-manager', ['apply', '--field-manager=robot']],
  ])('goes away if a later version does not have it: kubectl %s', async (how, args) => {
    const name = how.replaceAll(/[^a-z]+/g, '-');
    const before = configMap(name, { changed: 'old', gone: 'x', kept: 'y' }, { ...BUNDLE, gone: 'x' });
    const after = configMap(name, { changed: 'new', kept: 'y', more: 'z' }, BUNDLE);
    await kubectl(args, before);

    expect(await planUp(cluster, [after])).toMatchObject({ objects: [{ result: 'configured' }] });
    expect(await apply(after)).toMatchObject([{ result: 'configured' }]);
    const found = await read(after);
    expect(found.data).toEqual(after.data);
    expect(found.metadata.labels).toEqual(BUNDLE);
    expect(found.metadata.annotations).toEqual({ 'eggtooth.dev/applied': 'shared' });
    expect(managersOf(found)).toEqual(['eggtooth']);
    expect(await apply(after)).toMatchObject([{ result: 'unchanged' }]);
  });

  test('goes away too if nobody owned its fields', async () => {
    const before = configMap('unowned', { gone: 'x', kept: 'y' }, BUNDLE);
    await kubectl(['apply'], before);
    const nobody = '[{"op":"replace","path":"/metadata/managedFields","value":[{}]}]';
    await plane.kubectl(['patch', 'configmap', 'unowned', '--type=json', '-p', nobody]);
    const after = configMap('unowned', { kept: 'z' }, BUNDLE);

    await apply(after);
    expect((await read(after)).data).toEqual(after.data);
  });

  test('goes away if kubectl applies a version in between', async () => {
    const [first, second, third] = [{ a: '1' }, { a: '1', b: '2' }, { a: '1' }].map((data) =>
      configMap('between', data, BUNDLE),
    ) as [KubeObject, KubeObject, KubeObject];
    await apply(first);
    await kubectl(['apply'], second);
    await apply(third);

    expect((await read(third)).data).toEqual(third.data);
  });

  test('is finished by the next run if one was interrupted after the first write', async () => {
    const before = configMap('interrupted', { gone: 'x', kept: 'y' }, BUNDLE);
    const after = configMap('interrupted', { kept: 'z' }, BUNDLE);
    await kubectl(['apply'], before);
    const broken: Cluster = {
      ...cluster,
      call: (call) =>
        call.contentType === 'application/merge-patch+json'
          ? Promise.reject(new Error('interrupted'))
          : cluster.call(call),
    };
    await expect(applyObjects(broken, [after])).rejects.toThrow('interrupted');
    expect((await read(after)).data).toEqual({ gone: 'x', kept: 'z' });

    await apply(after);
    expect((await read(after)).data).toEqual(after.data);
  });

  test('is overwritten where kubectl applied it, and not where a person has changed it since', async () => {
    const before = configMap('patched', { theirs: 'old', ours: 'old' }, BUNDLE);
    const after = configMap('patched', { theirs: 'new', ours: 'new' }, BUNDLE);
    await kubectl(['apply'], before);
    await plane.kubectl(['patch', 'configmap', 'patched', '-p', '{"data":{"theirs":"by hand"}}']);

    for (const run of [() => apply(after), () => planUp(cluster, [after])]) {
      const error = await failureOf(run());
      expect(error).toMatchObject({ code: 'ERR_EGGTOOTH_FOREIGN' });
      expect(error.problem).toContain('kubectl-patch');
    }
    expect((await read(after)).data).toEqual({ theirs: 'by hand', ours: 'old' });
    await apply(after, { forceConflicts: true });
    expect((await read(after)).data).toEqual(after.data);
  });

  test('may state no bundle, if the manifest is the same', async () => {
    const pod = { containers: [{ name: 'main', image: 'registry.example/a:1', env: [fieldRef('NAME')] }] };
    const plain: KubeObject = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'plain', namespace: 'default' },
      spec: { selector: { matchLabels: { app: 'x' } }, template: { metadata: { labels: { app: 'x' } }, spec: pod } },
    };
    await kubectl(['apply'], plain);

    expect(await apply(plain)).toMatchObject([{ result: 'configured' }]);
    expect(await apply(plain)).toMatchObject([{ result: 'unchanged' }]);
  });
});

const fieldRef = (name: string) => ({ name, valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } });

describe('what kubectl applied for another purpose', () => {
  test('is kept and reported, and goes away with --force-conflicts only', async () => {
    const theirs = configMap('theirs', { theirs: 'x', both: 'y' });
    const ours = configMap('theirs', { both: 'y', ours: 'z' }, BUNDLE);
    await kubectl(['apply'], theirs);

    const kept = 'keeps .data.theirs, which kubectl applied and the bundle does not have';
    expect(await planUp(cluster, [ours])).toMatchObject({ objects: [{ reason: expect.stringContaining(kept) }] });
    expect(await apply(ours)).toMatchObject([{ result: 'configured', reason: expect.stringContaining(kept) }]);
    expect((await read(ours)).data).toEqual({ theirs: 'x', both: 'y', ours: 'z' });
    expect(await apply(ours)).toMatchObject([{ result: 'unchanged', reason: expect.stringContaining(kept) }]);

    await apply(ours, { forceConflicts: true });
    expect((await read(ours)).data).toEqual(ours.data);
  });

  test.each<readonly [what: string, labels: Readonly<Record<string, string>> | undefined]>([
    ['without a bundle', undefined],
    ['of another bundle', { 'eggtooth.dev/bundle': 'other' }],
  ])('is not overwritten: an object %s', async (what, labels) => {
    const name = what.replaceAll(' ', '-');
    await kubectl(['apply'], configMap(name, { key: 'theirs' }, labels));

    expect(await failureOf(apply(configMap(name, { key: 'ours' }, BUNDLE)))).toMatchObject({
      code: 'ERR_EGGTOOTH_FOREIGN',
      fieldManagers: ['kubectl-client-side-apply'],
    });
    expect((await read(configMap(name, {}))).data).toEqual({ key: 'theirs' });
  });

  test('stays in a Namespace, which belongs to many, also with --force-conflicts', async () => {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'many', labels: { team: 'x' } } };
    await kubectl(['apply'], namespace);
    await apply({ ...namespace, metadata: { name: 'many', labels: { ours: 'y' } } }, { forceConflicts: true });

    expect((await read(namespace)).metadata.labels).toMatchObject({ team: 'x', ours: 'y' });
  });
});

describe('the stringData of a Secret', () => {
  const secret = (fields: object): KubeObject => ({
    ...configMap('token', {}),
    kind: 'Secret',
    data: undefined,
    ...fields,
  });
  const dataOf = async (object: KubeObject) =>
    Object.fromEntries(
      Object.entries((await read(object)).data ?? {}).map(([key, value]) => [
        key,
        Buffer.from(`${value}`, 'base64').toString(),
      ]),
    );

  test('is applied as data, so that a key that is taken away goes away', async () => {
    await apply(secret({ stringData: { a: '1', b: 'ü' } }));
    expect(await dataOf(secret({}))).toEqual({ a: '1', b: 'ü' });
    await apply(secret({ stringData: { b: 'ü' } }));
    expect(await dataOf(secret({}))).toEqual({ b: 'ü' });
  });

  test('replaces the same key of data', async () => {
    await apply(secret({ data: { b: 'b2xk', c: 'Mw==' }, stringData: { b: 'new' } }));
    expect(await dataOf(secret({}))).toEqual({ b: 'new', c: '3' });
  });

  test('goes away too if kubectl applied it', async () => {
    const before = { ...secret({ stringData: { gone: '1', kept: '2' } }) };
    const named = { ...before, metadata: { ...before.metadata, name: 'applied', labels: BUNDLE } };
    await kubectl(['apply'], named);
    await apply({ ...named, stringData: { kept: '2' } });

    expect(await dataOf(named)).toEqual({ kept: '2' });
    expect((await read(named)).metadata.annotations).not.toHaveProperty([LAST_APPLIED]);
  });
});
