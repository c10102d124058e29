import { join } from 'node:path';
import { App, Testing } from 'cdk8s';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiServer, BootstrapBundle } from '../../src';
import type { Cluster } from '../../src/cluster/cluster';
import { clusterFromKubeconfig } from '../../src/cluster/kubeconfig';
import { newestFlux } from '../../src/constructs/flux-aio/flux-releases';
import { fluxCrds } from '../../src/constructs/flux-aio/load-crds';
import type { KubeObject } from '../../src/kubernetes/kube-object';
import {
  applyObjects,
  type DownResult,
  down,
  type Leftover,
  planUp,
  type UpOptions,
  type UpResult,
  up,
} from '../../src/up';
import { type ControlPlane, startControlPlane } from '../../tools/control-plane';
import { parseOutput } from '../support/outputs';
import { bundleObjects, writeBundle } from './support/bundle';
import { eggtooth } from './support/eggtooth';

let plane: ControlPlane;
let cluster: Cluster;
beforeAll(async () => {
  plane = await startControlPlane();
  cluster = await clusterFromKubeconfig({ kubeconfig: plane.kubeconfig });
  await applyObjects(cluster, fluxCrds(newestFlux));
});
afterAll(async () => {
  cluster?.close();
  await plane?.stop();
});

const LABEL = 'eggtooth.dev/bundle';
const RBAC = 'rbac.authorization.k8s.io/v1';

/** Objects of a namespaced kind, or of none, with the name of their bundle. */
const named =
  (bundle: string, namespace?: string) =>
  (apiVersion: string, kind: string, name: string, rest: object = {}): KubeObject => ({
    apiVersion,
    kind,
    metadata: { name, ...(namespace && { namespace }), labels: { [LABEL]: bundle } },
    ...rest,
  });

const roleRef = (name: string) => ({ roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name } });

const exists = async (kind: string, name: string, namespace = 'default') =>
  (await plane.kubectl(['get', kind, name, '-n', namespace, '--ignore-not-found', '-o', 'name'])) !== '';

const names = (leftovers: readonly Leftover[], result: Leftover['result']) =>
  leftovers.filter((one) => one.result === result).map(({ kind, name }) => `${kind} ${name}`);

/** No Flux runs here, so no release becomes Ready. */
const run = (objects: readonly KubeObject[], options: UpOptions = {}) =>
  up(cluster, objects, { until: 'sources', ...options });

describe('a renewal that is removed from a bundle', () => {
  /** Without what has to run: a pod and Flux. */
  const parts = (renewal: boolean) =>
    bundleObjects({
      url: plane.url,
      namespaces: ['renewal-system', 'renewal-shop'],
      name: 'renewed',
      ...(renewal && { renewal: { image: 'registry.example/eggtooth:1' } }),
    }).filter(({ kind }) => kind !== 'StatefulSet' && kind !== 'HelmRepository');
  let file: string;
  let removed: readonly string[];
  const command = (...flags: string[]) => eggtooth(['up', ...flags, '--kubeconfig', plane.kubeconfig]);

  test('keeps its rights, which up reports first', async () => {
    const [before, after] = [parts(true), parts(false)];
    removed = before.map(({ kind, metadata }) => `${kind} ${metadata.name}`).slice(after.length);
    file = writeBundle(join(plane.dir, 'renewal.yaml'), before);
    expect(await command(file)).toMatchObject({ code: 0, stderr: '' });
    writeBundle(file, after);

    const { code, stdout } = await command(file);

    expect(code).toBe(0);
    const lines = stdout.split('\n').filter((text) => text.startsWith('kept'));
    expect(lines).toHaveLength(before.length - after.length);
    expect(lines[0]).toMatch(
      /^kept {9}(Cluster)?RoleBinding \S+: the bundle does not contain it any longer: up --prune deletes it$/,
    );
    expect(await exists('cronjob', 'renewed-renewal', 'renewal-system')).toBe(true);
  });

  test('is shown by --prune --dry-run, and not deleted', async () => {
    const { stdout, code } = await command(file, '--prune', '--dry-run', '-o', 'json');
    const { leftovers, unread } = parseOutput<UpResult>('up', { stdout });

    expect(code).toBe(0);
    expect(unread).toEqual([]);
    expect(names(leftovers, 'kept')).toEqual([]);
    expect([...names(leftovers, 'pruned')].sort()).toEqual([...removed].sort());
    const kinds = leftovers.map(({ kind }) => kind);
    const last = Math.max(...['RoleBinding', 'ClusterRoleBinding'].map((kind) => kinds.lastIndexOf(kind)));
    const others = kinds.findIndex((kind) => !kind.endsWith('RoleBinding'));
    expect(last).toBeLessThan(others);
    expect(kinds.at(-1)).toBe('ValidatingAdmissionPolicy');
    expect(await exists('cronjob', 'renewed-renewal', 'renewal-system')).toBe(true);
  });

  test('is deleted by --prune, before the name of the bundle too, and nothing is left to do for a second run', async () => {
    const { stdout, code } = await command('--prune', file, '-o', 'json');
    const { leftovers } = parseOutput<UpResult>('up', { stdout });

    expect(code).toBe(0);
    expect([...names(leftovers, 'pruned')].sort()).toEqual([...removed].sort());
    for (const { kind, name, namespace } of leftovers) expect(await exists(kind, name, namespace), name).toBe(false);
    expect(await exists('role', 'renewed-reader', 'renewal-system')).toBe(true);
    const again = parseOutput<UpResult>('up', await command(file, '--prune', '-o', 'json'));
    expect(again.leftovers).toEqual([]);
    expect(again.objects.map(({ result }) => result)).toEqual(again.objects.map(() => 'unchanged'));
  });
});

describe('prune', () => {
  test('leaves alone what other bundles contain, and what belongs to none', async () => {
    const [ours, theirs] = [named('side-a', 'default'), named('side-b', 'default')];
    const plain = { ...ours('v1', 'ServiceAccount', 'side-plain'), metadata: { name: 'side-plain' } };
    const both = [ours('v1', 'ServiceAccount', 'side-1'), ours('v1', 'ServiceAccount', 'side-2'), plain];
    await run(both);
    await run([theirs('v1', 'ServiceAccount', 'side-3')]);
    await plane.kubectl(['create', 'serviceaccount', 'side-4']);

    const { leftovers } = await run([both[0] as KubeObject], { prune: 'all' });

    // What states no name belongs to the only bundle of its manifests.
    expect(names(leftovers, 'pruned').sort()).toEqual(['ServiceAccount side-2', 'ServiceAccount side-plain']);
    for (const name of ['side-1', 'side-3', 'side-4']) expect(await exists('serviceaccount', name), name).toBe(true);
  });

  test('knows the bundles that the constructs make apart, although their ids are the same', async () => {
    const [first, second] = ['apart-a', 'apart-b'].map((name) =>
      bundleObjects({ url: plane.url, namespaces: [`${name}-system`, `${name}-shop`], name }).filter(
        ({ kind }) => kind !== 'StatefulSet' && kind !== 'HelmRepository',
      ),
    );
    await run(first ?? []);

    expect(await run(second ?? [], { prune: 'all' })).toMatchObject({ leftovers: [], unread: [] });
    expect(await exists('role', 'apart-a-reader', 'apart-a-system')).toBe(true);
  });

  test('refuses a bundle without a name before anything is written', async () => {
    const nameless = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'nameless', namespace: 'default' } };
    for (const refused of [run([nameless], { prune: true }), planUp(cluster, [nameless], { prune: 'all' })]) {
      await expect(refused).rejects.toMatchObject({ code: 'ERR_EGGTOOTH_BUNDLE' });
    }
    expect(await exists('serviceaccount', 'nameless')).toBe(false);
    expect(await run([nameless])).toMatchObject({ leftovers: [], unread: [] });
  });

  test('deletes nothing with data, unless it is told to delete all', async () => {
    const [object, global] = [named('data', 'data'), named('data')];
    const pod = { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'main', image: 'a:1' }] } };
    const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
    const set = { serviceName: 'x', replicas: 0, selector: { matchLabels: { app: 'x' } }, template: pod };
    const chart = { chart: 'x', sourceRef: { kind: 'HelmRepository', name: 'repository' } };
    const release = { spec: { interval: '1h', chart: { spec: chart } } };
    const crd = {
      spec: {
        group: 'prune.example.org',
        names: { kind: 'Egg', plural: 'eggs' },
        scope: 'Namespaced',
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
      },
    };
    const stays = object('v1', 'ServiceAccount', 'stays');
    const withData = [
      object('v1', 'Secret', 'secret', { stringData: undefined, data: { key: 'eA==' } }),
      object('v1', 'ConfigMap', 'config', { data: { key: 'x' } }),
      object('v1', 'PersistentVolumeClaim', 'claim', { spec: claim }),
      object('v1', 'Service', 'balanced', { spec: { type: 'LoadBalancer', ports: [{ port: 80 }] } }),
      object('apps/v1', 'StatefulSet', 'database', {
        spec: { ...set, volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: claim }] },
      }),
      object('helm.toolkit.fluxcd.io/v2', 'HelmRelease', 'release', release),
      object('prune.example.org/v1', 'Egg', 'egg'),
      global('v1', 'Namespace', 'data'),
      global('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'eggs.prune.example.org', crd),
    ];
    const without = [
      object('source.toolkit.fluxcd.io/v1', 'HelmRepository', 'repository', {
        spec: { url: 'https://charts.example', suspend: true },
      }),
      object('v1', 'ConfigMap', 'reproducible', { data: { key: 'x' } }),
      object('apps/v1', 'StatefulSet', 'server', { spec: set }),
      object('v1', 'Service', 'service', { spec: { ports: [{ port: 80 }] } }),
      global(RBAC, 'ClusterRole', 'prune-data', { rules: [] }),
    ];
    await run([stays, ...without, ...withData]);
    await plane.kubectl(['patch', 'configmap', 'config', '-n', 'data', '-p', '{"data":{"theirs":"y"}}']);
    const label = ({ kind, metadata }: KubeObject) => `${kind} ${metadata.name}`;

    const some = await run([stays, global('v1', 'Namespace', 'data')], { prune: true });
    expect(names(some.leftovers, 'pruned').sort()).toEqual(without.map(label).sort());
    const kept = withData.filter(({ kind }) => kind !== 'Namespace').map(label);
    expect(names(some.leftovers, 'kept').sort()).toEqual([...kept].sort());
    for (const { reason } of some.leftovers.filter(({ result }) => result === 'kept')) {
      expect(reason).toMatch(/^it may hold data, or .*: only up --prune=all deletes it$/);
    }

    // What is not of the bundle keeps its Namespace and its CustomResourceDefinition.
    const foreign = {
      apiVersion: 'prune.example.org/v1',
      kind: 'Egg',
      metadata: { name: 'theirs', namespace: 'data' },
    };
    await plane.kubectl(['create', '-f', '-'], JSON.stringify(foreign));
    const other = named('data', 'default')('v1', 'ServiceAccount', 'prune-other');
    const all = await run([other], { prune: 'all' });
    expect(names(all.leftovers, 'pruned').sort()).toEqual(
      [label(stays), ...kept.filter((one) => !one.startsWith('Custom'))].sort(),
    );
    expect(all.leftovers.filter(({ result }) => result === 'kept')).toMatchObject([
      { kind: 'Namespace', name: 'data', reason: 'it contains Egg data/theirs' },
      { kind: 'CustomResourceDefinition', reason: 'there are objects of its kind: Egg data/theirs' },
    ]);

    await plane.kubectl(['delete', 'egg', 'theirs', '-n', 'data']);
    const { leftovers } = await run([other], { prune: 'all' });
    expect(names(leftovers, 'pruned')).toEqual(['Namespace data', 'CustomResourceDefinition eggs.prune.example.org']);
    expect(await exists('namespace', 'data')).toBe(false);
  });

  test('keeps what is not of eggtooth, or not any longer', async () => {
    const object = named('foreign', 'default');
    const stays = object('v1', 'ServiceAccount', 'foreign-stays');
    const flux = object('v1', 'ServiceAccount', 'foreign-flux');
    const existing = object('v1', 'ServiceAccount', 'foreign-existing');
    await plane.kubectl(['create', 'serviceaccount', 'foreign-existing']);
    await run([stays, flux, existing]);
    await plane.kubectl(['label', 'serviceaccount', 'foreign-flux', 'kustomize.toolkit.fluxcd.io/name=apps']);
    const { metadata } = JSON.parse(await plane.kubectl(['get', 'serviceaccount', 'foreign-flux', '-o', 'json']));
    const { labels, annotations } = metadata;
    const copy = { ...flux, metadata: { name: 'foreign-copy', labels: { [LABEL]: labels[LABEL] }, annotations } };
    await plane.kubectl(['create', '-f', '-'], JSON.stringify(copy));

    const { leftovers } = await run([stays], { prune: 'all' });

    const reasons = leftovers.map(({ name, result, reason }) => [name, result, reason]);
    expect(reasons.sort()).toEqual([
      ['foreign-copy', 'kept', 'eggtooth did not apply it'],
      ['foreign-existing', 'kept', 'it existed before eggtooth applied it'],
      ['foreign-flux', 'kept', 'managed by Kustomization apps'],
    ]);
  });

  test('deletes the Secret that issue wrote for a HelmRepository, once no other names it', async () => {
    const object = named('issued', 'default');
    const spec = {
      url: 'https://charts.example',
      suspend: true,
      interval: '1h',
      certSecretRef: { name: 'issued-tls' },
    };
    const repository = (name: string) => object('source.toolkit.fluxcd.io/v1', 'HelmRepository', name, { spec });
    const [one, two, three] = ['issued-1', 'issued-2', 'issued-3'].map(repository) as [
      KubeObject,
      KubeObject,
      KubeObject,
    ];
    const labels = { 'app.kubernetes.io/managed-by': 'eggtooth' };
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'issued-tls', labels }, data: { a: 'eA==' } };
    await plane.kubectl(['create', '-f', '-'], JSON.stringify(secret));
    await run([one, two, three]);

    expect(names((await run([one], { prune: true })).leftovers, 'pruned')).toEqual([
      'HelmRepository issued-2',
      'HelmRepository issued-3',
    ]);
    const { leftovers } = await run([object('v1', 'ServiceAccount', 'issued')], { prune: true });
    expect(names(leftovers, 'pruned')).toEqual(['Secret issued-tls', 'HelmRepository issued-1']);
    expect(await exists('secret', 'issued-tls')).toBe(false);
  });

  test('is completed by the next run if it is interrupted, after any of its deletions', async () => {
    const object = named('cut', 'default');
    const [stays, ...rest] = [
      object('v1', 'ServiceAccount', 'cut'),
      object(RBAC, 'RoleBinding', 'cut', roleRef('cut')),
      object(RBAC, 'Role', 'cut', { rules: [] }),
      object('v1', 'Service', 'cut', { spec: { ports: [{ port: 80 }] } }),
    ] as [KubeObject, ...KubeObject[]];
    for (const allowed of rest.keys()) {
      await run([stays, ...rest]);
      let deletions = 0;
      const cut: Cluster = {
        ...cluster,
        server: cluster.server,
        close: () => {},
        call: async (call) => {
          if (call.method === 'DELETE' && ++deletions > allowed) throw new Error('interrupted');
          return cluster.call(call);
        },
      };
      await expect(up(cut, [stays], { prune: true })).rejects.toThrow('interrupted');

      const { leftovers } = await run([stays], { prune: true });
      expect(leftovers.map(({ kind, result }) => `${kind} ${result}`)).toEqual(
        rest.slice(allowed).map(({ kind }) => `${kind} pruned`),
      );
    }
  });

  test('says which kinds it must not list, and fails although it has deleted the rest', async () => {
    const object = named('limited', 'default');
    const [stays, account, binding] = [
      object('v1', 'ServiceAccount', 'limited'),
      object('v1', 'ServiceAccount', 'limited-left'),
      object(RBAC, 'RoleBinding', 'limited-left', roleRef('view')),
    ] as [KubeObject, KubeObject, KubeObject];
    await run([stays, account, binding]);
    const rule = { apiGroups: [''], resources: ['serviceaccounts'], verbs: ['*'] };
    const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'limited' }];
    await plane.apply([
      { apiVersion: RBAC, kind: 'ClusterRole', metadata: { name: 'limited' }, rules: [rule] },
      {
        ...{ apiVersion: RBAC, kind: 'ClusterRoleBinding', metadata: { name: 'limited' }, subjects },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'limited' },
      },
    ]);
    const kubeconfig = await plane.kubeconfigFor({ user: 'limited' });
    const file = writeBundle(join(plane.dir, 'limited.yaml'), [stays]);

    const told = await eggtooth(['up', file, '--kubeconfig', kubeconfig]);
    expect(told.code).toBe(0);
    expect(told.stdout).toContain('kept         ServiceAccount default/limited-left');
    expect(told.stdout).toMatch(/^not checked {2}other objects of .*\bRoleBinding\b.*forbids it \(403\)/m);

    const { code, stderr } = await eggtooth(['up', file, '--prune', '--kubeconfig', kubeconfig]);
    expect(code).toBe(1);
    expect(stderr).toContain('objects of some kinds cannot be listed, and may be left: ');
    expect(stderr).toContain('code: ERR_EGGTOOTH_FORBIDDEN');
    expect(await exists('serviceaccount', 'limited-left')).toBe(false);
    expect(await exists('rolebinding', 'limited-left')).toBe(true);
  });
});

describe('down', () => {
  const command = (...flags: string[]) => eggtooth(['down', ...flags, '--kubeconfig', plane.kubeconfig]);
  const resultOf = async (...flags: string[]) => {
    const ran = await command(...flags, '-o', 'json');
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    return parseOutput<DownResult>('down', ran);
  };
  const reasonsOf = ({ objects }: DownResult) =>
    objects.filter(({ result }) => result === 'kept').map(({ kind, name, reason }) => `${kind} ${name}: ${reason}`);
  const patch = (kind: string, name: string, namespace: string, change: object) =>
    plane.kubectl(['patch', kind, name, '-n', namespace, '--type=merge', '-p', JSON.stringify(change)]);

  test('keeps what is not of the bundle, and the Namespace with it', async () => {
    const [object, other] = [named('down-a', 'down-a'), named('down-b', 'down-a')];
    const namespace = named('down-a')('v1', 'Namespace', 'down-a');
    await plane.kubectl(['create', 'serviceaccount', 'down-existing']);
    const bundle = [
      namespace,
      object('v1', 'ServiceAccount', 'ours'),
      object('v1', 'ServiceAccount', 'flux'),
      object('v1', 'ServiceAccount', 'theirs'),
      named('down-a', 'default')('v1', 'ServiceAccount', 'down-existing'),
    ];
    await run([...bundle, object('v1', 'ServiceAccount', 'earlier')]);
    await run([other('v1', 'ServiceAccount', 'theirs')]);
    await plane.kubectl(['create', 'configmap', 'nobody', '-n', 'down-a']);
    await plane.kubectl(['label', 'serviceaccount', 'flux', '-n', 'down-a', 'kustomize.toolkit.fluxcd.io/name=apps']);
    const file = writeBundle(join(plane.dir, 'down-a.yaml'), bundle);

    const planned = await resultOf(file, '--dry-run');
    expect(await exists('serviceaccount', 'ours', 'down-a')).toBe(true);
    const done = await resultOf(file);

    expect(done.objects).toEqual(planned.objects);
    expect(
      done.objects
        .filter(({ result }) => result === 'deleted')
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['earlier', 'ours']);
    expect(reasonsOf(done).sort()).toEqual([
      'Namespace down-a: it contains ConfigMap down-a/nobody, ServiceAccount down-a/flux, ServiceAccount down-a/theirs',
      'ServiceAccount down-existing: it existed before eggtooth applied it',
      'ServiceAccount flux: managed by Kustomization apps',
      'ServiceAccount theirs: it belongs to the bundle down-b',
    ]);

    await plane.kubectl(['delete', 'configmap/nobody', 'serviceaccount/flux', 'serviceaccount/theirs', '-n', 'down-a']);
    const { stdout, code } = await command(file);
    expect(code).toBe(0);
    expect(stdout).toContain('deleted      Namespace down-a\n');
    expect(await exists('namespace', 'down-a')).toBe(false);
  });

  test('deletes a bundle that kubectl applied, and is completed by the next run if it is interrupted', async () => {
    const object = named('down-cut', 'default');
    const bundle = [
      object(RBAC, 'RoleBinding', 'down-cut', roleRef('cut')),
      object(RBAC, 'Role', 'down-cut', { rules: [] }),
      object('v1', 'ServiceAccount', 'down-cut'),
    ];
    for (const allowed of bundle.keys()) {
      await plane.apply(bundle);
      let deletions = 0;
      const call: Cluster['call'] = async (one) => {
        if (one.method === 'DELETE' && ++deletions > allowed) throw new Error('interrupted');
        return cluster.call(one);
      };
      await expect(down({ server: cluster.server, call, close: () => {} }, bundle)).rejects.toThrow('interrupted');

      const { objects } = await down(cluster, bundle);
      expect(objects.map(({ kind, result }) => `${kind} ${result}`)).toEqual(
        bundle.slice(allowed).map(({ kind }) => `${kind} deleted`),
      );
    }
  });

  test('reports at its deadline what waits for a finalizer, and goes on once that is gone', async () => {
    const bundle = [named('down-held', 'default')('v1', 'ServiceAccount', 'down-held')];
    await run(bundle);
    await patch('serviceaccount', 'down-held', 'default', { metadata: { finalizers: ['example.org/hold'] } });
    const file = writeBundle(join(plane.dir, 'down-held.yaml'), bundle);

    const { code, stderr } = await command(file, '--timeout', '3s');
    expect(code).toBe(1);
    expect(stderr).toContain('not everything of the bundle is gone (waited 3 s):');
    expect(stderr).toContain('ServiceAccount default/down-held: it is being deleted, and waits for example.org/hold');
    expect(stderr).toContain('code: ERR_EGGTOOTH_NOT_READY');

    await patch('serviceaccount', 'down-held', 'default', { metadata: { finalizers: null } });
    expect(await resultOf(file)).toMatchObject({ objects: [] });
  });

  test('deletes a whole bundle with Flux, rights first, and leaves what Flux installed', async () => {
    const objects = [
      ...Testing.synth(
        new BootstrapBundle(new App(), 'bundle', {
          apiServer: ApiServer.fromUrl(plane.url),
          namespace: 'down-system',
          assets: { name: 'downed', image: 'registry.example/assets:1', port: 8123 },
          repositories: [{ name: 'system', path: '/repos/system' }],
          releases: [{ name: 'cni', namespace: 'down-cni', repository: 'system' }],
          renewal: { image: 'registry.example/eggtooth:1' },
          flux: { namespace: 'down-flux', crds: false },
        }),
      ),
      ...fluxCrds(newestFlux),
    ] as readonly KubeObject[];
    const file = writeBundle(join(plane.dir, 'down.yaml'), objects);
    await applyObjects(cluster, objects);
    const request = ['request', file, '--key-out', join(plane.dir, 'down.key'), '--kubeconfig', plane.kubeconfig];
    expect(await eggtooth(request)).toMatchObject({ code: 0 });
    // What Flux does: it installs a chart, and waits for the deletion of its objects.
    const finalizers = ['finalizers.fluxcd.io'];
    const chart = {
      ...{ apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'HelmChart' },
      metadata: { name: 'down-cni-cni', namespace: 'down-system', finalizers },
      spec: { chart: 'cni', interval: '1h', sourceRef: { kind: 'HelmRepository', name: 'system' } },
    };
    await plane.kubectl(['create', '-f', '-'], JSON.stringify(chart));
    await patch('helmrelease', 'cni', 'down-cni', { metadata: { finalizers } });
    await patch('helmrepository', 'system', 'down-system', { metadata: { finalizers } });
    await plane.kubectl(['create', 'configmap', 'cni-agent', '-n', 'down-cni']);

    const done = await resultOf(file);

    expect(reasonsOf(done)).toEqual(['Namespace down-cni: it contains ConfigMap down-cni/cni-agent']);
    const kinds = done.objects.map(({ kind }) => kind);
    const others = kinds.findIndex((kind) => !kind.endsWith('RoleBinding'));
    expect(kinds.slice(others)).not.toContain('ClusterRoleBinding');
    expect(kinds.indexOf('CertificateSigningRequest')).toBeGreaterThan(others);
    expect(kinds.indexOf('ValidatingAdmissionPolicy')).toBeGreaterThan(kinds.lastIndexOf('CronJob'));
    for (const { kind, name, namespace = 'default', result } of done.objects) {
      if (kind === 'HelmRelease' || kind === 'HelmRepository' || kind === 'HelmChart') continue;
      expect(await exists(kind, name, namespace), `${kind} ${name}`).toBe(result === 'kept');
    }
    expect(await plane.kubectl(['get', 'crd', '-o', 'name'])).not.toContain('fluxcd');

    const again = await resultOf(file);
    expect(again.objects.map(({ name, result }) => `${name} ${result}`)).toEqual(['down-cni kept']);
    expect((await command(file)).stdout).toMatch(/^kept .*\n0 deleted, 1 kept, in [0-9.]+ s\n$/);
  });
});
