import { KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Cluster } from '../../src/cluster/cluster';
import { clusterFromKubeconfig } from '../../src/cluster/kubeconfig';
import { newestFlux } from '../../src/constructs/flux-aio/flux-releases';
import { fluxCrds } from '../../src/constructs/flux-aio/load-crds';
import { EggtoothError } from '../../src/errors';
import type { KubeObject } from '../../src/kubernetes/kube-object';
import type { IssueResult } from '../../src/signing/issue-result';
import { applyObjects } from '../../src/up/apply-objects';
import { planUp } from '../../src/up/plan-up';
import { type ControlPlane, runPod, startControlPlane } from '../../tools/control-plane';
import { certificate, keyPair } from '../pki/support/certificates';
import { bundleObjects, writeBundle } from './support/bundle';
import { eggtooth, onlyItem } from './support/eggtooth';
import { servedCharts } from './support/stage';

let cluster: ControlPlane;
let api: Cluster;
let bundle: string;
/** A certificate with its key, PEM, for `kubectl create secret tls`. */
let pairOf: (user: string) => Promise<{ readonly certificate: string; readonly key: string }>;
beforeAll(async () => {
  cluster = await startControlPlane();
  api = await clusterFromKubeconfig({ kubeconfig: cluster.kubeconfig });
  await cluster.apply(fluxCrds(newestFlux));
  await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);
  bundle = writeBundle(join(cluster.dir, 'bundle.yaml'), bundleObjects({ url: cluster.url }));
  await cluster.apply(bundle);
  const folder = await servedCharts(cluster.dir);
  await runPod(cluster, { namespace: 'eggtooth-system', name: 'assets-0', port: 8123, folder });
  pairOf = async (user) => {
    const keys = await keyPair();
    const key = KeyObject.from(keys.privateKey).export({ format: 'pem', type: 'pkcs8' }).toString();
    return { certificate: await certificate({ keys, subject: [{ CN: [user] }] }), key };
  };
});
afterAll(async () => {
  api?.close();
  await cluster?.stop();
});

const run = (command: string, ...args: string[]) =>
  eggtooth([command, bundle, '--kubeconfig', cluster.kubeconfig, ...args]);

const decode = (text = '') => Buffer.from(text, 'base64').toString();
const encode = (text: string) => Buffer.from(text).toString('base64');

/** Creates a Secret as somebody else does. */
async function createSecret(data: Readonly<Record<string, string>>, type = 'kubernetes.io/tls', extra: object = {}) {
  const metadata = { name: 'assets-tls', namespace: 'eggtooth-shop', ...extra };
  const encoded = Object.fromEntries(Object.entries(data).map(([key, text]) => [key, encode(text)]));
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata, type, data: encoded };
  await cluster.kubectl(['create', '-f', '-'], JSON.stringify(secret));
}

async function secretIn(namespace: string): Promise<KubeObject & { readonly data: Record<string, string> }> {
  return JSON.parse(await cluster.kubectl(['get', 'secret', 'assets-tls', '-n', namespace, '-o', 'json']));
}

const countRequests = async () => (await cluster.kubectl(['get', 'csr', '-o', 'name'])).split('\n').length;

describe("a Secret that is not the reader's", () => {
  beforeEach(async () => {
    for (const namespace of ['eggtooth-system', 'eggtooth-shop']) {
      await cluster.kubectl(['delete', 'secret', 'assets-tls', '-n', namespace, '--ignore-not-found']);
    }
  });

  const foreign: readonly (readonly [what: string, create: () => Promise<void>])[] = [
    ['a password', () => createSecret({ password: 'hunter2' }, 'Opaque')],
    [
      'a certificate of somebody else',
      async () => {
        const { certificate: pem, key } = await pairOf('somebody-else');
        await createSecret({ 'tls.crt': pem, 'tls.key': key });
      },
    ],
    ['data that is no certificate', () => createSecret({ 'tls.crt': 'x', 'tls.key': 'y' })],
    [
      "a certificate whose name begins with the reader's",
      async () => {
        const { certificate: pem, key } = await pairOf('assets-reader-2');
        await createSecret({ 'tls.crt': pem, 'tls.key': key });
      },
    ],
    [
      'data, and the label of another program',
      () => createSecret({ a: 'b' }, 'Opaque', { labels: { 'app.kubernetes.io/managed-by': 'Helm' } }),
    ],
  ];

  test.each(foreign)(
    'is not overwritten by issue, renew and up, nor is anything else written: %s',
    async (_, create) => {
      await create();
      const [before, requests] = [await secretIn('eggtooth-shop'), await countRequests()];

      for (const args of [
        ['issue'],
        ['issue', '--dry-run'],
        ['renew'],
        ['up', '--timeout', '60s'],
        ['up', '--dry-run'],
      ]) {
        const [command = '', ...flags] = args;
        const { code, stdout, stderr } = await run(command, ...flags);

        expect(stderr).toContain(
          "error: Secret eggtooth-shop/assets-tls: exists, is not eggtooth's, and holds something else than a certificate of assets-reader",
        );
        expect(stderr).toContain('--adopt');
        expect(stderr).toContain('code: ERR_EGGTOOTH_FOREIGN');
        expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      }
      expect(await secretIn('eggtooth-shop')).toEqual(before);
      expect(await countRequests()).toBe(requests);
      await expect(secretIn('eggtooth-system')).rejects.toThrow('not found');
    },
  );

  test('is overwritten with --adopt, which --dry-run shows before', async () => {
    const { certificate: pem, key } = await pairOf('somebody-else');
    await createSecret({ 'tls.crt': pem, 'tls.key': key, note: 'kept' });

    const plan = await run('issue', '--adopt', '--dry-run', '-o', 'json');
    expect(JSON.parse(plan.stdout).items.map(({ kind }: KubeObject) => kind)).toContain('Secret');
    expect(decode((await secretIn('eggtooth-shop')).data['tls.crt'])).toBe(pem);

    const { fingerprint } = onlyItem<IssueResult>('issue', await run('issue', '--adopt', '-o', 'json'));
    const { metadata, data } = await secretIn('eggtooth-shop');
    expect(metadata.annotations?.['eggtooth.dev/fingerprint']).toBe(fingerprint);
    expect(decode(data.note)).toBe('kept');
    expect(await run('issue')).toMatchObject({ code: 0, stderr: '' });
  });

  test('is taken over if it is empty, or holds a certificate of the same reader', async () => {
    await createSecret({ 'tls.crt': '', 'tls.key': '' });
    expect(await run('issue')).toMatchObject({ code: 0, stderr: '' });

    await cluster.kubectl(['delete', 'secret', 'assets-tls', '-n', 'eggtooth-shop']);
    const { certificate: pem, key } = await pairOf('assets-reader');
    await createSecret({ 'tls.crt': pem, 'tls.key': key });
    expect(await run('issue')).toMatchObject({ code: 0, stderr: '' });
    expect((await secretIn('eggtooth-shop')).data).toEqual((await secretIn('eggtooth-system')).data);
  });
});

describe('a Secret that kubectl apply has written', () => {
  const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
  const NAMESPACES = ['eggtooth-system', 'eggtooth-shop'];
  /** Applies what a Secret holds once more, as a person does who restores it from a file. */
  const applyAgain = async (namespace: string) => {
    const { data } = await secretIn(namespace);
    const metadata = { name: 'assets-tls', namespace };
    await cluster.kubectl(
      ['apply', '-f', '-'],
      JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata, type: 'kubernetes.io/tls', data }),
    );
    const { metadata: after } = await secretIn(namespace);
    expect(after.annotations?.[LAST_APPLIED]).toContain(data['tls.key']);
  };
  const copies = async () =>
    (await Promise.all(NAMESPACES.map(secretIn))).filter(
      ({ metadata }) => metadata.annotations?.[LAST_APPLIED] !== undefined,
    );

  test('loses the copy of its private key when it is issued, and status tells of one until then', async () => {
    const { certificate: pem, key } = await pairOf('assets-reader');
    await cluster.kubectl(['delete', 'secret', 'assets-tls', '-n', 'eggtooth-shop', '--ignore-not-found']);
    await createSecret({ 'tls.crt': pem, 'tls.key': key });
    await applyAgain('eggtooth-shop');

    expect((await run('status')).stdout).toContain(
      `Secret eggtooth-shop/assets-tls: the annotation ${LAST_APPLIED} holds a copy of a private key; eggtooth issue removes it`,
    );
    expect(await run('issue')).toMatchObject({ code: 0, stderr: '' });
    expect(await copies()).toEqual([]);
    expect((await run('status')).stdout).not.toContain('copy of a private key');
  });

  test.each([
    ['issue', []],
    ['renew', []],
    ['issue', ['--dry-run']],
  ])('loses it too if its certificate is current: %s %j', async (command, flags) => {
    await run('issue');
    const before = await secretIn('eggtooth-shop');
    await Promise.all(NAMESPACES.map(applyAgain));

    const { code, stdout, stderr } = await run(command, ...flags);
    expect(code).toBe(0);
    const keys = (await Promise.all(NAMESPACES.map(secretIn))).map(({ data }) => data['tls.key']);
    for (const text of keys) expect(`${stdout}${stderr}`).not.toContain(text);
    if (flags.length > 0) {
      expect(stdout).toContain(LAST_APPLIED);
      expect(await copies()).toHaveLength(2);
      await run('issue');
    }
    expect(await copies()).toEqual([]);
    expect((await secretIn('eggtooth-shop')).data).toEqual(before.data);
    expect(await run(command, ...flags)).toMatchObject({ code: 0 });
  });

  test('is not written again because its CA has other line ends, comments or an order of its own', async () => {
    await run('issue');
    const before = await secretIn('eggtooth-shop');
    const ca = decode(before.data['ca.crt']);
    const other = `# the cluster\r\n${ca.replaceAll('\n', '\r\n')}\r\n${ca.trimEnd()}`;
    const patch = JSON.stringify({ data: { 'ca.crt': encode(other) } });
    await cluster.kubectl(['patch', 'secret', 'assets-tls', '-n', 'eggtooth-shop', '-p', patch]);

    expect((await run('status')).stdout).not.toContain('holds another CA');
    expect((await run('issue')).stdout).toContain('unchanged');
    expect(decode((await secretIn('eggtooth-shop')).data['ca.crt'])).toBe(other);
  });
});

const object = (kind: string, name: string, rest: object, apiVersion = 'v1'): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'default' },
  ...rest,
});
const kubectlCreate = (one: KubeObject) => cluster.kubectl(['create', '-f', '-'], JSON.stringify(one));
const read = async ({ kind, metadata: { name = '' } }: KubeObject) =>
  JSON.parse(await cluster.kubectl(['get', kind, name, '-n', 'default', '-o', 'json']));

const failureOf = async (promise: Promise<unknown>): Promise<EggtoothError> => {
  const error = await promise.catch((thrown: unknown) => thrown);
  if (error instanceof EggtoothError) return error;
  throw new Error(`no EggtoothError: ${error}`);
};

describe('an object that somebody else created', () => {
  const selector = { matchLabels: { app: 'x' } };
  const podOf = (image: string) => ({
    metadata: { labels: { app: 'x' } },
    spec: { containers: [{ name: 'main', image }] },
  });
  const claim = (storage: string) => ({
    metadata: { name: 'data' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } },
  });
  const rules = (verb: string) => [{ apiGroups: [''], resources: ['pods'], verbs: [verb] }];
  const rbac = 'rbac.authorization.k8s.io/v1';
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'theirs' };
  const subjects = (name: string) => [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name }];

  test.each<readonly [theirs: KubeObject, ours: object]>([
    [object('ConfigMap', 'config', { data: { key: 'theirs' } }), { data: { key: 'ours' } }],
    [object('ConfigMap', 'binary', { binaryData: { key: 'AAAA' } }), { binaryData: { key: 'BBBB' } }],
    [object('Secret', 'token', { stringData: { key: 'theirs' } }), { data: { key: encode('ours') } }],
    [object('PersistentVolumeClaim', 'claim', claim('1Gi')), claim('2Gi')],
    [
      object('Deployment', 'app', { spec: { selector, template: podOf('registry.example/a:1') } }, 'apps/v1'),
      { spec: { selector, template: podOf('registry.example/b:1') } },
    ],
    [
      object(
        'StatefulSet',
        'database',
        { spec: { selector, template: podOf('registry.example/a:1'), volumeClaimTemplates: [claim('1Gi')] } },
        'apps/v1',
      ),
      { spec: { selector, template: podOf('registry.example/b:1'), volumeClaimTemplates: [claim('1Gi')] } },
    ],
    [object('Role', 'theirs', { rules: rules('list') }, rbac), { rules: rules('get') }],
    [
      object('RoleBinding', 'theirs', { roleRef, subjects: subjects('theirs') }, rbac),
      { roleRef, subjects: subjects('ours') },
    ],
    [
      object('Namespace', 'theirs', {}),
      { metadata: { name: 'theirs', labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } } },
    ],
  ])('is not overwritten, before anything is written: %#', async (theirs, rest) => {
    const created =
      theirs.kind === 'Namespace'
        ? { ...theirs, metadata: { name: 'theirs', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } }
        : theirs;
    await kubectlCreate(created);
    const before = await read(created);
    const first = object('ConfigMap', `first-${theirs.kind.toLowerCase()}`, { data: { a: 'b' } });
    const { stringData: _, ...bare } = created as KubeObject & { stringData?: unknown };
    const ours = { ...bare, ...rest, metadata: { ...created.metadata, ...(rest as Partial<KubeObject>).metadata } };

    const error = await failureOf(applyObjects(api, [first, ours], { timeout: 20_000 }));
    expect(error.code).toBe('ERR_EGGTOOTH_FOREIGN');
    expect(error.object).toMatchObject({ kind: theirs.kind, name: theirs.metadata.name });
    expect(error.message).toContain("it is not eggtooth's, and would overwrite what kubectl-create wrote");
    expect(error.fix).toContain('--force-conflicts');
    expect((await failureOf(planUp(api, [first, ours]))).code).toBe('ERR_EGGTOOTH_FOREIGN');
    expect((await read(created)).metadata.resourceVersion).toBe(before.metadata.resourceVersion);
    await expect(read(first)).rejects.toThrow('not found');
  });

  test('is overwritten with forceConflicts, and from then on without', async () => {
    const theirs = object('ConfigMap', 'adopted', { data: { key: 'theirs', other: 'kept' } });
    await kubectlCreate(theirs);
    const ours = { ...theirs, data: { key: 'ours' } };

    expect(await planUp(api, [ours], { forceConflicts: true })).toMatchObject({ objects: [{ result: 'configured' }] });
    expect((await read(ours)).data).toEqual(theirs.data);
    expect(await applyObjects(api, [ours], { forceConflicts: true })).toMatchObject([{ result: 'configured' }]);
    expect((await read(ours)).data).toEqual({ key: 'ours', other: 'kept' });

    await cluster.kubectl(['patch', 'configmap', 'adopted', '--type=merge', '-p', '{"data":{"key":"drift"}}']);
    expect(await applyObjects(api, [ours])).toMatchObject([{ result: 'configured' }]);
    expect((await read(ours)).data.key).toBe('ours');
  });

  test('all are reported at once, also by up --dry-run', async () => {
    const both = ['one', 'two'].map((name) => object('ConfigMap', name, { data: { key: 'theirs' } }));
    for (const one of both) await kubectlCreate(one);
    const ours = both.map((one) => ({ ...one, data: { key: 'ours' } }));
    const file = writeBundle(join(cluster.dir, 'foreign.yaml'), ours);

    for (const flags of [[], ['--dry-run']]) {
      const { code, stderr } = await eggtooth(['up', file, '--kubeconfig', cluster.kubeconfig, ...flags]);
      expect(stderr).toContain('2 objects are rejected:\n  ConfigMap default/one: cannot apply the ConfigMap');
      expect(stderr).toContain('\n  ConfigMap default/two: cannot apply the ConfigMap');
      expect(stderr).toContain('in .data.key');
      expect(stderr).toContain('code: ERR_EGGTOOTH_FOREIGN');
      expect(code).toBe(1);
    }
    const adopted = await eggtooth(['up', file, '--kubeconfig', cluster.kubeconfig, '--force-conflicts', '-o', 'json']);
    expect(JSON.parse(adopted.stdout).objects).toMatchObject([{ result: 'configured' }, { result: 'configured' }]);
  });

  test('a value of a Secret appears in no error', async () => {
    const theirs = object('Secret', 'hidden', { data: { key: encode('TOP-SECRET') } });
    await kubectlCreate(theirs);
    const error = await failureOf(applyObjects(api, [{ ...theirs, data: { key: encode('OUR-SECRET') } }]));

    for (const text of ['TOP-SECRET', 'OUR-SECRET']) {
      expect(error.message).not.toContain(text);
      expect(error.message).not.toContain(encode(text));
    }
  });

  test('is no obstacle if nothing of it is overwritten', async () => {
    await cluster.kubectl(['create', 'namespace', 'existing']);
    const config = object('ConfigMap', 'shared', { data: { theirs: 'a' } });
    await kubectlCreate(config);
    const objects = [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'existing', labels: { team: 'x' } } },
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system' } },
      object('ServiceAccount', 'default', { automountServiceAccountToken: false }),
      { ...config, data: { ours: 'b' } },
      object('ConfigMap', 'kube-root-ca.crt', {}),
    ];

    expect((await applyObjects(api, objects)).map(({ result }) => result)).not.toContain('created');
    expect((await read(config)).data).toEqual({ theirs: 'a', ours: 'b' });
  });

  test.each([
    ['client-side', ['apply']],
    ['server-side', ['apply', '--server-side', '--field-manager=kustomize-controller']],
  ])('is no obstacle if the same bundle was applied %s before', async (_, apply) => {
    const [first, second] = [`${apply.length}-system`, `${apply.length}-shop`].map((name) => `n${name}`);
    const namespaces = [first ?? '', second ?? ''] as const;
    const objects = bundleObjects({ url: cluster.url, namespaces, name: `assets-${apply.length}` });
    const file = writeBundle(join(cluster.dir, 'same.yaml'), objects);
    await cluster.kubectl([...apply, '-f', file]);

    const applied = await applyObjects(api, objects);
    expect(applied.map(({ result }) => result)).not.toContain('created');
  });
});

describe('an object that Flux manages', () => {
  const owners = [
    ['kustomize.toolkit.fluxcd.io', 'Kustomization'],
    ['helm.toolkit.fluxcd.io', 'HelmRelease'],
    ['fluxcd.controlplane.io', 'FluxInstance'],
    ['resourceset.fluxcd.controlplane.io', 'ResourceSet'],
  ] as const;
  const ours = owners.map(([prefix]) => object('ConfigMap', `of-${prefix}`, { data: { key: 'ours' } }));

  test('is left alone and reported, also if up created it before, and taken with --force-conflicts', async () => {
    const file = writeBundle(join(cluster.dir, 'flux-owned.yaml'), ours);
    const upJson = async (...flags: string[]) => {
      const ran = await eggtooth(['up', file, '--kubeconfig', cluster.kubeconfig, ...flags, '-o', 'json']);
      return JSON.parse(ran.stdout).objects as readonly { readonly result: string; readonly reason?: string }[];
    };
    await applyObjects(api, ours);
    for (const [index, [prefix]] of owners.entries()) {
      const labels = { [`${prefix}/name`]: 'apps', [`${prefix}/namespace`]: 'flux-system' };
      const theirs = { ...(ours[index] as KubeObject), data: { key: 'theirs' } };
      const labeled = { ...theirs, metadata: { ...theirs.metadata, labels } };
      const apply = ['apply', '--server-side', '--force-conflicts', '--field-manager=kustomize-controller', '-f', '-'];
      await cluster.kubectl(apply, JSON.stringify(labeled));
    }
    const skipped = owners.map(([, kind]) => ({ result: 'skipped', reason: `managed by ${kind} flux-system/apps` }));

    expect(await upJson('--dry-run')).toMatchObject(skipped);
    expect(await upJson()).toMatchObject(skipped);
    const { stdout } = await eggtooth(['up', file, '--kubeconfig', cluster.kubeconfig]);
    expect(stdout).toContain('skipped      ConfigMap default/of-helm.toolkit.fluxcd.io: managed by HelmRelease');
    for (const one of ours) expect((await read(one)).data).toEqual({ key: 'theirs' });

    expect(await upJson('--force-conflicts')).toMatchObject(ours.map(() => ({ result: 'configured' })));
    for (const one of ours) expect((await read(one)).data).toEqual({ key: 'ours' });
    // It still is Flux's, except that of a Kustomization that does not exist.
    const [, ...others] = skipped;
    expect(await applyObjects(api, ours)).toMatchObject([{ result: 'unchanged' }, ...others]);
  });
});

describe('an object that up did not create', () => {
  test('keeps what others write to it later, which up reports with manager and field', async () => {
    const account = object('ConfigMap', 'existing', { data: { theirs: 'a' } });
    await kubectlCreate(account);
    const ours = { ...account, data: { key: 'ours' } };
    expect(await applyObjects(api, [ours])).toMatchObject([{ result: 'configured' }]);
    await cluster.kubectl(['patch', 'configmap', 'existing', '-p', '{"data":{"key":"drift"}}']);

    const error = await failureOf(applyObjects(api, [ours]));
    expect(error.code).toBe('ERR_EGGTOOTH_FOREIGN');
    expect(error.problem).toContain('would overwrite what kubectl-patch wrote in .data.key');
    expect((await read(ours)).data.key).toBe('drift');
  });

  test('keeps it also if kubectl has applied the bundle that it is in', async () => {
    const labels = { 'eggtooth.dev/bundle': 'shared' };
    const ours = { ...object('ConfigMap', 'of-bundle', { data: { key: 'ours' } }) };
    const labeled = { ...ours, metadata: { ...ours.metadata, labels } };
    await cluster.kubectl(['apply', '-f', '-'], JSON.stringify(labeled));
    await applyObjects(api, [labeled]);
    await cluster.kubectl(['patch', 'configmap', 'of-bundle', '-p', '{"data":{"key":"drift"}}']);

    expect((await failureOf(applyObjects(api, [labeled]))).code).toBe('ERR_EGGTOOTH_FOREIGN');
    expect(await applyObjects(api, [labeled], { forceConflicts: true })).toMatchObject([{ result: 'configured' }]);
    await cluster.kubectl(['patch', 'configmap', 'of-bundle', '-p', '{"data":{"key":"drift"}}']);
    expect(await applyObjects(api, [labeled])).toMatchObject([{ result: 'configured' }]);
  });
});

describe('a newer Flux', () => {
  const deployment = (tag: string) =>
    object(
      'Deployment',
      'flux',
      {
        spec: {
          selector: { matchLabels: { app: 'flux' } },
          template: {
            metadata: { labels: { app: 'flux' } },
            spec: { containers: [{ name: 'manager', image: `registry.example/source-controller:${tag}` }] },
          },
        },
      },
      'apps/v1',
    );

  test('is not replaced by an older one, whoever has upgraded it, unless that is asked for', async () => {
    const first = object('ConfigMap', 'before-flux', { data: { a: 'b' } });
    await applyObjects(api, [deployment('v1.9.5')]);
    await cluster.kubectl(['set', 'image', 'deployment/flux', 'manager=registry.example/source-controller:v1.10.1']);
    const file = writeBundle(join(cluster.dir, 'older.yaml'), [first, deployment('v1.9.5')]);

    for (const flags of [[], ['--dry-run'], ['--force-conflicts']]) {
      const { code, stderr } = await eggtooth(['up', file, '--kubeconfig', cluster.kubeconfig, ...flags]);
      expect(code).toBe(1);
      expect(stderr).toContain(
        'error: Deployment default/flux: runs source-controller v1.10.1, and the bundle has v1.9.5',
      );
      expect(stderr).toContain('code: ERR_EGGTOOTH_DOWNGRADE');
    }
    await expect(read(first)).rejects.toThrow('not found');

    const allowed = await eggtooth(['up', file, '--kubeconfig', cluster.kubeconfig, '--allow-downgrade']);
    expect(allowed).toMatchObject({ code: 0, stderr: '' });
    const [container] = (await read(deployment(''))).spec.template.spec.containers;
    expect(container.image).toBe('registry.example/source-controller:v1.9.5');
  });
});
