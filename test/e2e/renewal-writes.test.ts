import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiCall, Cluster as Client } from '../../src/cluster/cluster';
import { ClusterObjects } from '../../src/cluster/cluster-objects';
import { clusterFromKubeconfig } from '../../src/cluster/kubeconfig';
import { newestFlux } from '../../src/constructs/flux-aio/flux-releases';
import { fluxCrds } from '../../src/constructs/flux-aio/load-crds';
import { keyCopyReason, removeKeyCopies } from '../../src/signing/secret/key-copies';
import { type Cluster, eventually, startCluster } from '../../tools/control-plane';
import { clientOfServiceAccount, renewalObjects, answerTo as write } from './support/renewal-job';

/** The bundle of one names the CA of the API server, that of the other does not. */
const [PINNED, OPEN] = ['pinned', 'open'];
const [MERGE, JSON_PATCH, APPLY] = [
  'application/merge-patch+json',
  'application/json-patch+json',
  'application/apply-patch+yaml',
];
const REQUESTED_AT = 'reconcile.fluxcd.io/requestedAt';

let cluster: Cluster;
let admin: Client;
const jobs = new Map<string, Client>();

beforeAll(async () => {
  cluster = await startCluster();
  admin = await clusterFromKubeconfig({ kubeconfig: cluster.kubeconfig });
  await cluster.apply(fluxCrds(newestFlux));
  await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);
  for (const namespace of [PINNED, OPEN]) {
    await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    const certificateAuthority = namespace === PINNED ? cluster.ca : undefined;
    const options = { image: 'registry.example/eggtooth:1', user: `reader-${namespace}`, certificateAuthority };
    await cluster.apply(renewalObjects(cluster.url, { namespace, ...options }));
    await cluster.apply([secret(namespace), secret(namespace, 'another')]);
    const job = await clientOfServiceAccount(cluster, { namespace, name: 'renewal' });
    jobs.set(namespace, job);
    const tried = patchOf('secret', namespace, { immutable: true });
    const isInForce = () => write(job, { ...tried, query: { dryRun: 'All' } });
    await eventually(async () => (await isInForce()) !== 'admitted');
  }
});
afterAll(async () => {
  for (const client of [admin, ...jobs.values()]) client?.close();
  await cluster?.stop();
});

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** A Secret as it is in the cluster, with a label and an annotation of somebody else. */
function secret(namespace: string, name = 'assets-tls') {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/tls',
    metadata: { name, namespace, labels: { team: 'a' }, annotations: { 'example.org/note': 'a' } },
    data: { 'ca.crt': base64(cluster.ca), 'tls.crt': base64('a'), 'tls.key': base64('a') },
  };
}

const PATHS = {
  secret: (namespace: string) => `/api/v1/namespaces/${namespace}/secrets/assets-tls`,
  'another secret': (namespace: string) => `/api/v1/namespaces/${namespace}/secrets/another`,
  repository: (namespace: string) =>
    `/apis/source.toolkit.fluxcd.io/v1/namespaces/${namespace}/helmrepositories/system`,
} as const;

type Target = keyof typeof PATHS;
type Call = Omit<ApiCall, 'purpose'>;

function patchOf(target: Target, namespace: string, body: object, contentType = MERGE): Call {
  const query: Record<string, string> = { fieldManager: 'eggtooth', ...(contentType === APPLY && { force: 'true' }) };
  return { method: 'PATCH', path: PATHS[target](namespace), body, contentType, query };
}

function jobOf(namespace: string): Client {
  const client = jobs.get(namespace);
  if (client === undefined) throw new Error(`there is no renewal job in ${namespace}`);
  return client;
}

const stored = async (target: Target, namespace: string) => {
  const { metadata, ...object } = (await admin.call({
    purpose: 'look',
    method: 'GET',
    path: PATHS[target](namespace),
  })) as Record<string, object>;
  return { ...object, metadata: { ...metadata, resourceVersion: '', managedFields: [] } };
};

const annotations = (entries: Record<string, string | null>) => ({ metadata: { annotations: entries } });

describe.each([PINNED, OPEN])('with its own permissions, the renewal job in the namespace %s', (namespace) => {
  const written = (data: object, changes: object = {}) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/tls',
    metadata: { name: 'assets-tls', namespace, labels: { 'app.kubernetes.io/managed-by': 'eggtooth' }, ...changes },
    data,
  });
  const admitted: readonly (readonly [what: string, call: () => Call])[] = [
    [
      'tries to write its Secret by dry run, with empty values',
      () => {
        const call = patchOf('secret', namespace, written({ 'ca.crt': '', 'tls.crt': '', 'tls.key': '' }), APPLY);
        return { ...call, query: { ...call.query, dryRun: 'All' } };
      },
    ],
    [
      'writes certificate, key and annotations',
      () => {
        const data = { 'ca.crt': base64(cluster.ca), 'tls.crt': base64('new'), 'tls.key': base64('new') };
        const own = { 'eggtooth.dev/request': 'a', 'eggtooth.dev/request-uid': 'b', 'eggtooth.dev/issue-count': '2' };
        return patchOf('secret', namespace, written(data, { annotations: own }), APPLY);
      },
    ],
    [
      'writes them again',
      () => {
        const data = { 'ca.crt': base64(cluster.ca), 'tls.crt': base64('newer'), 'tls.key': base64('newer') };
        return patchOf('secret', namespace, written(data, { annotations: { 'eggtooth.dev/request': 'c' } }), APPLY);
      },
    ],
    ['requests a reconciliation', () => patchOf('repository', namespace, annotations({ [REQUESTED_AT]: 'a' }))],
    ['requests another one', () => patchOf('repository', namespace, annotations({ [REQUESTED_AT]: 'b' }))],
  ];

  test.each(admitted)('%s', async (_, call) => {
    expect(await write(jobOf(namespace), call())).toBe('admitted');
  });

  test('leaves the labels and annotations of others', async () => {
    expect(await stored('secret', namespace)).toMatchObject({
      metadata: {
        labels: { team: 'a', 'app.kubernetes.io/managed-by': 'eggtooth' },
        annotations: { 'example.org/note': 'a', 'eggtooth.dev/request': 'c' },
      },
    });
  });
});

test('the renewal job leaves the annotation in which kubectl apply keeps a private key, without a failure', async () => {
  const name = 'kubectl.kubernetes.io/last-applied-configuration';
  const reader = new ClusterObjects(admin);
  const read = async () => {
    const found = await reader.get({ apiVersion: 'v1', kind: 'Secret', namespace: OPEN, name: 'assets-tls' });
    return found === undefined ? [] : [found];
  };
  const copy = JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: {}, data: { 'tls.key': base64('a key') } });
  expect(await write(admin, patchOf('secret', OPEN, annotations({ [name]: copy })))).toBe('admitted');
  const secrets = await read();

  expect(keyCopyReason(secrets)).toContain(
    `Secret ${OPEN}/assets-tls: the annotation ${name} holds a copy of a private key`,
  );
  expect(await removeKeyCopies(jobOf(OPEN), secrets)).toBe(false);
  expect(keyCopyReason(await read())).toBeDefined();
  expect(await removeKeyCopies(admin, secrets)).toBe(true);
  expect(keyCopyReason(await read())).toBeUndefined();
});

describe('the CA in the Secret', () => {
  const otherCa = (namespace: string) => patchOf('secret', namespace, { data: { 'ca.crt': base64('another CA') } });

  test.each([
    ['another one', { 'ca.crt': base64('another CA') }],
    ['none', { 'ca.crt': '' }],
    ['no key for it', { 'ca.crt': null }],
    ['one more', () => ({ 'ca.crt': base64(`${cluster.ca}\nanother CA`) })],
  ])('is the one that the bundle names: the job cannot write %s', async (_, data) => {
    const body = { data: typeof data === 'function' ? data() : data };

    expect(await write(jobOf(PINNED), patchOf('secret', PINNED, body))).toBe(`renewal.${PINNED}`);
  });

  test('may change if the bundle names none', async () => {
    expect(await write(jobOf(OPEN), otherCa(OPEN))).toBe('admitted');
  });

  test('may still be changed by an administrator, and put right by the job', async () => {
    expect(await write(admin, otherCa(PINNED))).toBe('admitted');
    // The bytes that the job writes: each certificate once, with one line feed at the end.
    const ca = base64(`${cluster.ca.trim()}\n`);
    expect(await write(jobOf(PINNED), patchOf('secret', PINNED, { data: { 'ca.crt': ca } }))).toBe('admitted');
  });
});

/** A patch that the policy denies. */
type Denied = readonly [what: string, target: Target, body: object, contentType?: string];

describe('even as a cluster administrator, the renewal job', () => {
  beforeAll(async () => {
    const rbac = 'rbac.authorization.k8s.io';
    await cluster.apply({
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: 'widened' },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', namespace: OPEN, name: 'renewal' }],
    });
    const isWidened = () => write(jobOf(OPEN), { method: 'GET', path: '/api/v1/secrets', query: { limit: '1' } });
    await eventually(async () => (await isWidened()) === 'admitted');
  });

  const owner = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'renewal', uid: 'b7a1f8a0-0000-0000-0000-000000000000' }];
  const anything = annotations({ 'eggtooth.dev/request': 'x' });
  const DENIED: readonly Denied[] = [
    ['a URL', 'repository', { spec: { url: 'https://evil.example/charts' } }],
    [
      'a URL by JSON patch',
      'repository',
      [{ op: 'replace', path: '/spec/url', value: 'https://evil.example' }],
      JSON_PATCH,
    ],
    [
      'a URL together with a reconcile request',
      'repository',
      { ...annotations({ [REQUESTED_AT]: 'z' }), spec: { url: 'https://evil.example' } },
    ],
    ['another Secret of the repository', 'repository', { spec: { certSecretRef: { name: 'another' } } }],
    ['the interval', 'repository', { spec: { interval: '1s' } }],
    ['passCredentials', 'repository', { spec: { passCredentials: true } }],
    ['suspend', 'repository', { spec: { suspend: true } }],
    ['suspend by JSON patch', 'repository', [{ op: 'add', path: '/spec/suspend', value: true }], JSON_PATCH],
    ['a label of the repository', 'repository', { metadata: { labels: { a: 'b' } } }],
    ['another annotation of the repository', 'repository', annotations({ 'example.org/note': 'b' })],
    [
      'the duration that the repository states',
      'repository',
      annotations({ 'eggtooth.dev/certificate-duration': '365d' }),
    ],
    ['the removal of that annotation', 'repository', annotations({ 'eggtooth.dev/certificate-duration': null })],
    ['a finalizer of the repository', 'repository', { metadata: { finalizers: ['example.org/stay'] } }],
    ['an owner of the repository', 'repository', { metadata: { ownerReferences: owner } }],
    ['another Secret', 'another secret', anything],
    ['immutable', 'secret', { immutable: true }],
    ['an owner', 'secret', { metadata: { ownerReferences: owner } }],
    ['a finalizer', 'secret', { metadata: { finalizers: ['example.org/stay'] } }],
    ['another key', 'secret', { data: { 'sh.helm.release': base64('x') } }],
    ['another key as text', 'secret', { stringData: { password: 'x' } }],
    ['an annotation of others', 'secret', annotations({ 'example.org/note': 'b' })],
    ['the removal of that annotation of others', 'secret', annotations({ 'example.org/note': null })],
    ['another annotation', 'secret', annotations({ 'kubectl.kubernetes.io/restartedAt': 'x' })],
    ['another label', 'secret', { metadata: { labels: { a: 'b' } } }],
    ['the label of another manager', 'secret', { metadata: { labels: { 'app.kubernetes.io/managed-by': 'Helm' } } }],
    ['the removal of a label of others', 'secret', { metadata: { labels: { team: null } } }],
  ];

  test.each(DENIED.map((denied) => [denied[0], denied] as const))('cannot change %s', async (_, denied) => {
    const [, target, body, contentType] = denied;
    const before = await stored(target, OPEN);

    expect(await write(jobOf(OPEN), patchOf(target, OPEN, body, contentType))).toBe(`renewal.${OPEN}`);

    expect(await stored(target, OPEN)).toEqual(before);
  });

  const collection = (target: Target, namespace: string) => PATHS[target](namespace).replace(/\/[^/]*$/, '');
  test.each<readonly [what: string, call: () => Call]>([
    ['delete its Secret', () => ({ method: 'DELETE', path: PATHS.secret(OPEN) })],
    ['delete a HelmRepository', () => ({ method: 'DELETE', path: PATHS.repository(OPEN) })],
    ['delete all Secrets', () => ({ method: 'DELETE', path: collection('secret', OPEN) })],
    ['write the Secret of another job', () => patchOf('secret', PINNED, anything)],
    [
      'create a Secret of another name',
      () => ({ method: 'POST', path: collection('secret', OPEN), body: secret(OPEN, 'new') }),
    ],
    [
      'create a Secret whose name the API server completes',
      () => {
        const { metadata, ...rest } = secret(OPEN);
        const generated = { ...rest, metadata: { namespace: OPEN, generateName: 'assets-tls' } };
        return { method: 'POST', path: collection('secret', OPEN), body: generated };
      },
    ],
    [
      'create a token as a Secret',
      () => ({
        method: 'POST',
        path: collection('secret', OPEN),
        body: {
          apiVersion: 'v1',
          kind: 'Secret',
          type: 'kubernetes.io/service-account-token',
          metadata: { name: 'token', annotations: { 'kubernetes.io/service-account.name': 'default' } },
        },
      }),
    ],
    [
      'create a HelmRepository',
      () => ({
        method: 'POST',
        path: collection('repository', OPEN),
        body: {
          apiVersion: 'source.toolkit.fluxcd.io/v1',
          kind: 'HelmRepository',
          metadata: { name: 'new' },
          spec: { url: 'https://evil.example' },
        },
      }),
    ],
    [
      'create another kind of source',
      () => ({
        method: 'POST',
        path: collection('repository', OPEN).replace('helmrepositories', 'gitrepositories'),
        body: {
          apiVersion: 'source.toolkit.fluxcd.io/v1',
          kind: 'GitRepository',
          metadata: { name: 'new' },
          spec: { url: 'https://evil.example', interval: '1m' },
        },
      }),
    ],
    [
      'write the status of a HelmRepository',
      () => {
        const call = patchOf('repository', OPEN, { status: { url: 'https://evil.example' } });
        return { ...call, path: `${call.path}/status` };
      },
    ],
  ])('cannot %s', async (_, call) => {
    expect(await write(jobOf(OPEN), call())).toBe(`renewal.${OPEN}`);
  });
});

test('an administrator and another service account are not restricted', async () => {
  expect(await write(admin, patchOf('repository', OPEN, { spec: { interval: '2h' } }))).toBe('admitted');
  expect(await write(jobOf(PINNED), patchOf('repository', OPEN, annotations({ [REQUESTED_AT]: 'c' })))).toMatch(
    /\(403\): the user system:serviceaccount:pinned:renewal may not patch /,
  );
});
