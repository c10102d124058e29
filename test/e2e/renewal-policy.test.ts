import { X509Certificate } from 'node:crypto';
import { Duration } from 'cdk8s';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiCall, Cluster as Client } from '../../src/cluster/cluster';
import { clusterFromKubeconfig } from '../../src/cluster/kubeconfig';
import { EggtoothError } from '../../src/errors';
import { checkCertificate } from '../../src/pki/check-certificate';
import { createRequest } from '../../src/pki/create-request';
import { approvalPatch, approveRequest } from '../../src/signing/request/approve-request';
import { requestManifest, type SubmittedRequest, submitRequest } from '../../src/signing/request/submit-request';
import { waitForCertificate } from '../../src/signing/request/wait-for-certificate';
import { type Cluster, eventually, startCluster } from '../../tools/control-plane';
import { DURATION, honest, oddRequests, pemOf, withPem } from './support/odd-requests';
import { clientOfServiceAccount, renewalObjects } from './support/renewal-job';

const REQUESTS_PATH = '/apis/certificates.k8s.io/v1/certificatesigningrequests';

/** Lengths of users at which the DER changes its form, and some between. */
const LENGTHS = [3, 18, 19, 20, 23, 56, 57, 63];
const renewalJobs = LENGTHS.map((length) => ({
  length,
  namespace: `renewal-${length}`,
  user: 'reader-of-charts:v2-'.repeat(4).slice(0, length),
  inARow: length === 20 ? 50 : 8,
}));
/** The one that most tests use. */
const [namespace, user] = ['renewal-20', 'reader-of-charts:v2-'];

let cluster: Cluster;
let admin: Client;
const clients = new Map<string, Client>();
const [denied, admitted]: [string[], string[]] = [[], []];

beforeAll(async () => {
  cluster = await startCluster();
  admin = await clusterFromKubeconfig({ kubeconfig: cluster.kubeconfig });
  const names = [...renewalJobs.map((one) => one.namespace), 'elsewhere'];
  await cluster.apply(names.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })));
  for (const renewalJob of renewalJobs) {
    const options = { image: 'registry.example/eggtooth:1', duration: Duration.seconds(DURATION) };
    const objects = renewalObjects(cluster.url, { ...options, namespace: renewalJob.namespace, user: renewalJob.user });
    await cluster.apply(objects.filter(({ kind }) => kind !== 'HelmRepository'));
    const client = await clientOfServiceAccount(cluster, { namespace: renewalJob.namespace, name: 'renewal' });
    clients.set(renewalJob.namespace, client);
    await eventually(async () => (await create(client, await honest('nobody'), true)) !== 'admitted');
  }
  for (const place of [namespace, 'elsewhere']) {
    await cluster.apply(['assets-tls', 'another'].map((name) => secret(name, place)));
  }
});
afterAll(async () => {
  for (const client of [admin, ...clients.values()]) client?.close();
  await cluster?.stop();
});

function clientOf(place: string): Client {
  const client = clients.get(place);
  if (client === undefined) throw new Error(`there is no renewal job in ${place}`);
  return client;
}
const renewalJob = () => clientOf(namespace);

function secret(name: string, place: string) {
  const metadata = { name, namespace: place };
  const stringData = { 'tls.crt': 'a', 'tls.key': 'b' };
  return { apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls', metadata, stringData };
}

/** How the API server answers a call: `admitted`, or why not. */
async function answerTo(client: Client, call: Omit<ApiCall, 'purpose'>): Promise<string> {
  try {
    await client.call({ purpose: 'try it', quotable: true, ...call });
    return 'admitted';
  } catch (error) {
    if (error instanceof EggtoothError) return error.problem;
    throw error;
  }
}

const create = (client: Client, body: object, dryRun = false) =>
  answerTo(client, { method: 'POST', path: REQUESTS_PATH, body, query: dryRun ? { dryRun: 'All' } : {} });

const approveAs = (client: Client, submitted: SubmittedRequest) =>
  answerTo(client, {
    method: 'PATCH',
    path: `${REQUESTS_PATH}/${submitted.name}/approval`,
    contentType: 'application/json-patch+json',
    body: approvalPatch(submitted),
  });

/** Operations of a JSON Patch that an approval must not contain. */
const MORE_THAN_APPROVAL: readonly (readonly [what: string, operation: object])[] = [
  ['a finalizer', { op: 'add', path: '/metadata/finalizers', value: ['example.org/stay'] }],
  [
    'an owner',
    {
      op: 'add',
      path: '/metadata/ownerReferences',
      value: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'renewal', uid: 'a' }],
    },
  ],
  ['a label', { op: 'add', path: '/metadata/labels/team', value: 'a' }],
  ['an annotation', { op: 'add', path: '/metadata/annotations', value: { a: 'b' } }],
  [
    'a denial instead of it',
    { op: 'add', path: '/status/conditions', value: [{ type: 'Denied', status: 'True', reason: 'a', message: 'b' }] },
  ],
  [
    'a failure',
    { op: 'add', path: '/status/conditions/-', value: { type: 'Failed', status: 'True', reason: 'a', message: 'b' } },
  ],
];

const byRbac = /\(403\): the user system:serviceaccount:\S+ may not /;
const byPolicy = (place = namespace) => `ValidatingAdmissionPolicy 'renewal.${place}' with binding 'renewal.${place}'`;

test('The policy passes the type checking of the API server', async () => {
  const statusOf = async () =>
    JSON.parse(await cluster.kubectl(['get', 'validatingadmissionpolicy', `renewal.${namespace}`, '-o', 'json']))
      .status;

  expect(await eventually(async () => (await statusOf())?.typeChecking ?? false)).toEqual({});
});

describe.each(renewalJobs)('The renewal job of a user with $length characters', (one) => {
  test.each(oddRequests)('is denied $what', async ({ what, make }) => {
    const request = await make(one.user);

    expect(await create(admin, request, true)).toBe('admitted');
    expect(await create(clientOf(one.namespace), request)).toContain(byPolicy(one.namespace));
    denied.push(`policy: ${what}`);
  });

  test(`has ${one.inARow} valid requests in a row admitted, approved and signed`, async () => {
    const client = clientOf(one.namespace);
    for (let count = 0; count < one.inARow; count++) {
      const made = await createRequest({ user: one.user });
      const submitted = await submitRequest(client, requestManifest(made, { duration: DURATION }));
      await approveRequest(client, submitted, { users: [one.user], duration: DURATION });
      const pem = await waitForCertificate(client, submitted, { timeout: 10_000 });
      checkCertificate(pem, { user: one.user, privateKey: made.privateKey.toKeyObject(), duration: DURATION });
      made.privateKey.clear();
      admitted.push(`policy: a request of ${one.length} characters`);
    }
  });
});

describe('The renewal job', () => {
  test.each([
    ['for a user of Kubernetes itself', 'system:kube-controller-manager'],
    ['for somebody else', 'somebody-else'],
    ["for the renewal job's own user", user],
  ])('is denied the approval of a request that an administrator created %s', async (what, name) => {
    const submitted = await submitRequest(admin, withPem(await honest(user), await pemOf([{ CN: [name] }])));

    expect(await approveAs(renewalJob(), submitted)).toContain(byPolicy());
    expect(await approveAs(admin, submitted)).toBe('admitted');
    denied.push(`policy: approval ${what}`);
  });

  test('is denied the approval of a request that another renewal job created', async () => {
    const submitted = await submitRequest(clientOf('renewal-23'), await honest('reader-of-charts:v2-rea'));

    expect(await approveAs(renewalJob(), submitted)).toContain(byPolicy());
    expect(await approveAs(clientOf('renewal-23'), submitted)).toBe('admitted');
    denied.push('policy: approval for another renewal job');
  });

  test('is denied the approval of a request to another signer', async () => {
    const { spec, ...rest } = await honest(user);
    const submitted = await submitRequest(admin, { ...rest, spec: { ...spec, signerName: 'example.org/signer' } });

    expect(await approveAs(renewalJob(), submitted)).toMatch(
      /\(403\): the user may not approve requests for the signer /,
    );
    denied.push('RBAC: approval for another signer');
  });

  test('deletes only its own requests', async () => {
    const deleteAs = (client: Client, { name }: SubmittedRequest) =>
      answerTo(client, { method: 'DELETE', path: `${REQUESTS_PATH}/${name}` });
    const [theirs, own] = [
      await submitRequest(admin, await honest(user)),
      await submitRequest(renewalJob(), await honest(user)),
    ];

    expect(await deleteAs(renewalJob(), theirs)).toContain(byPolicy());
    expect(await deleteAs(renewalJob(), own)).toBe('admitted');
    denied.push("policy: deletion of somebody else's request");
    admitted.push('policy: deletion of its own request');
  });

  test('changes nothing but the approval of its own request', async () => {
    const own = await submitRequest(renewalJob(), await honest(user));
    const path = `${REQUESTS_PATH}/${own.name}`;
    const patch = (suffix: string, body: object) =>
      answerTo(renewalJob(), {
        method: 'PATCH',
        path: `${path}${suffix}`,
        contentType: 'application/merge-patch+json',
        body,
      });

    for (const [what, suffix, body] of [
      ['spec', '', { spec: { request: Buffer.from(await pemOf([{ CN: ['x'] }])).toString('base64') } }],
      ['labels', '', { metadata: { labels: { a: 'b' } } }],
      ['status', '/status', { status: { certificate: Buffer.from('x').toString('base64') } }],
    ] as const) {
      expect(await patch(suffix, body), what).toMatch(byRbac);
      denied.push(`RBAC: update of ${what} of its own request`);
    }
    // The approval subresource ignores every other change.
    expect(await patch('/approval', { spec: { signerName: 'example.org/signer' } })).toMatch(/admitted|denied request/);
    const stored = JSON.parse(await cluster.kubectl(['get', 'csr', own.name, '-o', 'json']));
    expect(stored.spec.signerName).toBe('kubernetes.io/kube-apiserver-client');
  });

  test.each(MORE_THAN_APPROVAL)('changes nothing by its approval but the approval: %s', async (what, operation) => {
    const own = await submitRequest(renewalJob(), await honest(user));
    const body = [...approvalPatch(own), operation];
    const path = `${REQUESTS_PATH}/${own.name}/approval`;

    const said = await answerTo(renewalJob(), {
      method: 'PATCH',
      path,
      contentType: 'application/json-patch+json',
      body,
    });

    const stored = JSON.parse(await cluster.kubectl(['get', 'csr', own.name, '-o', 'json']));
    // What the API server itself drops is not there either.
    if (said !== 'admitted') expect(said).toContain(byPolicy());
    expect(stored.metadata).not.toHaveProperty('finalizers');
    expect(stored.metadata).not.toHaveProperty('ownerReferences');
    expect(stored.metadata).not.toHaveProperty('annotations');
    expect(Object.keys(stored.metadata.labels)).not.toContain('team');
    const conditions: { type: string }[] = stored.status.conditions ?? [];
    expect(conditions.map(({ type }) => type)).toEqual(said === 'admitted' ? ['Approved'] : []);
    denied.push(`policy: ${what} with its approval`);
  });

  test.each([
    ['a finalizer', { finalizers: ['example.org/stay'] }],
    ['an owner', { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'renewal', uid: 'a' }] }],
  ])('is denied a request with %s', async (what, metadata) => {
    const request = await honest(user);

    expect(await create(renewalJob(), { ...request, metadata: { ...request.metadata, ...metadata } })).toContain(
      byPolicy(),
    );
    denied.push(`policy: a request with ${what}`);
  });

  const core = (place: string, rest: string) => `/api/v1/namespaces/${place}/${rest}`;
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  const admission = '/apis/admissionregistration.k8s.io/v1';
  const flux = `/apis/source.toolkit.fluxcd.io/v1/namespaces/${namespace}/helmrepositories`;
  const empty = { metadata: { annotations: { a: 'b' } } };
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', metadata: {}, spec: {} };

  test.each([
    ['reading its Secret', 'GET', core(namespace, 'secrets/assets-tls')],
    ['writing its Secret', 'PATCH', core(namespace, 'secrets/assets-tls'), { stringData: { 'tls.crt': 'c' } }],
  ] as const)('is admitted %s', async (what, method, path, body?: object) => {
    const contentType = 'application/merge-patch+json';
    expect(await answerTo(renewalJob(), { method, path, body, contentType })).toBe('admitted');
    admitted.push(`RBAC: ${what}`);
  });

  test.each([
    ['reading another Secret', 'GET', core(namespace, 'secrets/another')],
    ['writing another Secret', 'PATCH', core(namespace, 'secrets/another'), { stringData: { a: 'c' } }],
    ['creating a Secret', 'POST', core(namespace, 'secrets'), secret('new', namespace)],
    ['deleting its Secret', 'DELETE', core(namespace, 'secrets/assets-tls')],
    ['listing Secrets', 'GET', core(namespace, 'secrets')],
    ['reading a Secret of the same name elsewhere', 'GET', core('elsewhere', 'secrets/assets-tls')],
    ['writing a Secret of the same name elsewhere', 'PATCH', core('elsewhere', 'secrets/assets-tls'), empty],
    ["reading another renewal job's Secret", 'GET', core('renewal-23', 'secrets/assets-tls')],
    ['listing Secrets of the cluster', 'GET', '/api/v1/secrets'],
    ['asking another HelmRepository to be read', 'PATCH', `${flux}/another`, empty],
    ['changing what it renews', 'PATCH', core(namespace, 'configmaps/renewal'), empty],
    ['changing its Role', 'PATCH', `${rbac}/namespaces/${namespace}/roles/renewal.${namespace}`, empty],
    ['changing its ClusterRole', 'PATCH', `${rbac}/clusterroles/renewal.${namespace}`, empty],
    ['changing its policy', 'PATCH', `${admission}/validatingadmissionpolicies/renewal.${namespace}`, empty],
    ['deleting its policy', 'DELETE', `${admission}/validatingadmissionpolicies/renewal.${namespace}`],
    ['deleting the binding', 'DELETE', `${admission}/validatingadmissionpolicybindings/renewal.${namespace}`],
    ['listing requests', 'GET', REQUESTS_PATH],
    ['deleting all requests', 'DELETE', REQUESTS_PATH],
    ['making a token of its own', 'POST', core(namespace, 'serviceaccounts/renewal/token'), review],
    ['making a token of another one', 'POST', core('kube-system', 'serviceaccounts/default/token'), review],
    ['reading through the proxy', 'GET', core(namespace, 'pods/assets-0:8123/proxy/')],
    ['listing pods', 'GET', core(namespace, 'pods')],
  ] as const)('is forbidden %s', async (what, method, path, body?: object) => {
    const contentType = method === 'PATCH' ? 'application/merge-patch+json' : undefined;
    expect(await answerTo(renewalJob(), { method, path, body, contentType })).toMatch(byRbac);
    denied.push(`RBAC: ${what}`);
  });
});

test('The renewal job could become any user without its policy', async () => {
  const [one, client] = ['renewal-3', clientOf('renewal-3')];
  const anybody = 'system:kube-controller-manager';
  const take = async () => {
    const submitted = await submitRequest(client, withPem(await honest('x'), await pemOf([{ CN: [anybody] }])));
    // Without the check of approveRequest, as anybody with the token could.
    await client.call({
      purpose: 'approve anything',
      method: 'PATCH',
      path: `${REQUESTS_PATH}/${submitted.name}/approval`,
      contentType: 'application/json-patch+json',
      body: approvalPatch(submitted),
    });
    return new X509Certificate(await waitForCertificate(client, submitted, { timeout: 10_000 })).subject;
  };
  await expect(take()).rejects.toThrow('forbids it (403)');

  await cluster.kubectl(['delete', 'validatingadmissionpolicybinding', `renewal.${one}`]);

  expect(await eventually(take)).toBe(`CN=${anybody}`);
});

test('Every denied and every admitted call is listed with its count', () => {
  for (const [verdict, list] of Object.entries({ denied, admitted })) {
    const lines = [...new Set(list)].map((what) => `  ${list.filter((one) => one === what).length} x ${what}`);
    console.log([`${list.length} ${verdict}:`, ...lines].join('\n'));
  }
  expect(denied).toHaveLength(LENGTHS.length * oddRequests.length + 33 + MORE_THAN_APPROVAL.length);
  expect(admitted).toHaveLength(50 + (LENGTHS.length - 1) * 8 + 3);
});
