import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duration } from 'cdk8s';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Chain } from '../../src';
import type { ApiCall, Cluster as Client } from '../../src/cluster/cluster';
import { clusterFromKubeconfig } from '../../src/cluster/kubeconfig';
import { newestFlux } from '../../src/constructs/flux-aio/flux-releases';
import { fluxCrds } from '../../src/constructs/flux-aio/load-crds';
import { isError } from '../../src/errors';
import { stringAt } from '../../src/kubernetes/fields';
import type { JobManifest } from '../../src/kubernetes/k8s';
import type { KubeObject } from '../../src/kubernetes/kube-object';
import { readBundle } from '../../src/kubernetes/read-bundle';
import { type RenewResult, renew } from '../../src/signing/renew';
import { approvalPatch } from '../../src/signing/request/approve-request';
import { assertPolicy } from '../../src/signing/request/assert-policy';
import { type SubmittedRequest, submitRequest } from '../../src/signing/request/submit-request';
import { type ControlPlane, eventually, runPod, startControlPlane } from '../../tools/control-plane';
import { bundleObjects, writeBundle } from './support/bundle';
import { eggtooth, onlyItem } from './support/eggtooth';
import { honest, pemOf, withPem } from './support/odd-requests';
import { answerTo, kubeconfigOfServiceAccount } from './support/renewal-job';
import { servedCharts } from './support/stage';

const [HOME, SHOP] = ['eggtooth-system', 'eggtooth-shop'];
const [JOB, SECRET, USER] = ['assets-renewal', 'assets-tls', 'assets-reader'];
const POLICY = `${JOB}.${HOME}`;
const SECRETS = `${POLICY}.secrets`;
const BINDING = 'ValidatingAdmissionPolicyBinding';

let cluster: ControlPlane;
let admin: Client;
let job: Client;
let kubeconfig: string;
let objects: readonly KubeObject[];
/** The file that the ConfigMap mounts. */
let chain: string;

beforeAll(async () => {
  cluster = await startControlPlane();
  admin = await clusterFromKubeconfig({ kubeconfig: cluster.kubeconfig });
  const image = 'registry.example/eggtooth:1';
  const renewal = { image, firstCertificate: true, duration: Duration.hours(24) };
  objects = bundleObjects({ url: cluster.url, certificateAuthority: cluster.ca, renewal });
  chain = join(cluster.dir, 'chain.yaml');
  const data = objects.flatMap((object) => stringAt(object, 'data', 'chain.yaml') ?? []);
  writeFileSync(chain, data.join());
  await apply('Namespace', 'ServiceAccount');
  kubeconfig = await kubeconfigOfServiceAccount(cluster, { namespace: HOME, name: JOB });
  job = await clusterFromKubeconfig({ kubeconfig });
});
afterAll(async () => {
  for (const client of [admin, job]) client?.close();
  await cluster?.stop();
});

/** Applies the objects of some kinds. */
async function apply(...kinds: readonly string[]): Promise<void> {
  await cluster.apply(objects.filter(({ kind }) => kinds.includes(kind)));
}
/** Applies a policy, or its binding. */
const applyNamed = (kind: string, name: string) =>
  cluster.apply(objects.filter((object) => object.kind === kind && object.metadata.name === name));

const base64 = (text: string) => Buffer.from(text).toString('base64');
const get = async (...args: string[]) => JSON.parse(await cluster.kubectl(['get', ...args, '-o', 'json']));
const secretOf = (namespace: string) => get('secret', SECRET, '-n', namespace);

/** Runs what the Job runs, with other paths for the chain and the token. */
function runJob(...flags: string[]) {
  const { spec } = objects.find(({ kind }) => kind === 'Job') as JobManifest;
  const args = spec.template.spec?.containers[0]?.args ?? [];
  const own = args.map((arg) => (arg === '/etc/eggtooth/chain.yaml' ? chain : arg));
  return eggtooth([...own, '--kubeconfig', kubeconfig, '-o', 'json', ...flags]);
}

/** Runs the Job once, without waiting for anything. */
const runOnce = () => runJob('--wait', '1s');

test('The first certificate waits for permissions, policies, the pod with the charts, and the API server', async () => {
  const reasons: string[] = [];
  const waitsFor = (text: string) => eventually(async () => expect(reasons.join('\n')).toContain(text));
  const run = renew(job, [Chain.fromObjects(readBundle(chain))], {
    policy: POLICY,
    wait: 300_000,
    onWait: (reason) => reasons.push(reason),
  });

  await waitsFor(
    'grant this permission: {apiGroups: [certificates.k8s.io], resources: [certificatesigningrequests], verbs: [create]}',
  );
  await apply('Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding');
  await waitsFor(`ValidatingAdmissionPolicy ${POLICY}: is not in force: the API server would accept a request for any`);
  await applyNamed('ValidatingAdmissionPolicy', POLICY);
  await applyNamed(BINDING, POLICY);
  await waitsFor(`ValidatingAdmissionPolicy ${SECRETS}: is not in force: the API server would accept any Secret`);
  expect((await get('csr')).items).toEqual([]);
  await applyNamed('ValidatingAdmissionPolicy', SECRETS);
  await applyNamed(BINDING, SECRETS);
  await waitsFor(`index ${HOME}/system: `);
  await cluster.restartApiServer();
  await apply('StatefulSet', 'Service');
  const folder = await servedCharts(cluster.dir);
  await runPod(cluster, { namespace: HOME, name: 'assets-0', port: 8123, folder });

  // The HelmRepositories do not exist yet: Flux reads them when they do.
  expect(await run).toMatchObject([{ user: USER, result: 'renewed', unchanged: false }]);
  const { items } = await get('csr');
  expect(items).toHaveLength(1);
  expect(items[0].spec.username).toBe(`system:serviceaccount:${HOME}:${JOB}`);
  const data = await Promise.all([HOME, SHOP].map(async (namespace) => (await secretOf(namespace)).data));
  expect(data[0]['tls.crt']).toBe(data[1]['tls.crt']);
  expect(reasons.length).toBeLessThan(30);
});

test('The Job changes nothing when it runs again, as after `kubectl apply` of the same YAML', async () => {
  await cluster.apply(fluxCrds(newestFlux));
  await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);
  // Client-side, as a person does it.
  const file = writeBundle(join(cluster.dir, 'bundle.yaml'), objects);
  const before = await Promise.all([HOME, SHOP].map(secretOf));
  await cluster.kubectl(['apply', '-f', file]);
  expect(await cluster.kubectl(['apply', '-f', file])).toMatch(/job.batch\/assets-renewal-first unchanged/);

  const { code, stdout, stderr } = await runJob();

  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(onlyItem<RenewResult>('renew', { stdout })).toMatchObject({ result: 'not-due', unchanged: true });
  expect(await Promise.all([HOME, SHOP].map(secretOf))).toEqual(before);
});

test.each(['Secret', 'request'])('The Job does nothing while the policy for each %s is not enforced', async (what) => {
  const name = what === 'Secret' ? SECRETS : POLICY;
  const bind = (action: string) =>
    cluster.apply({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: BINDING,
      metadata: { name },
      spec: { policyName: name, validationActions: [action] },
    });
  await cluster.kubectl(['delete', 'secret', SECRET, '-n', SHOP, '--ignore-not-found']);
  const written = async () => [await get('csr'), await secretOf(HOME)];
  await bind('Warn');
  await untilEnforced(false);
  const before = await written();

  const { code, stderr } = await runOnce();

  expect(stderr).toContain(`error: ValidatingAdmissionPolicy ${name}: is not in force`);
  expect(stderr).toContain('code: ERR_EGGTOOTH_POLICY');
  expect(code).toBe(1);
  expect(await written()).toEqual(before);
  await bind('Deny');
  await untilEnforced(true);
});

async function untilEnforced(expected: boolean): Promise<void> {
  const check = () => assertPolicy(job, { policy: POLICY, chains: [Chain.fromObjects(readBundle(chain))] });
  const isEnforced = () =>
    check().then(
      () => true,
      (error: unknown) => !isError(error, 'ERR_EGGTOOTH_POLICY'),
    );
  await eventually(async () => expect(await isEnforced()).toBe(expected));
}

type Call = Omit<ApiCall, 'purpose'>;
const secrets = (namespace: string, name = '') => `/api/v1/namespaces/${namespace}/secrets${name && `/${name}`}`;
const REQUESTS = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
const repository = '/apis/source.toolkit.fluxcd.io/v1/namespaces/eggtooth-shop/helmrepositories/apps';

/** Server-side apply of the Secret of the chain that does not exist, with changes. */
function applied(changes: object = {}, { namespace = SHOP, name = SECRET, dryRun = false } = {}): Call {
  const [ca, value] = [base64(`${cluster.ca.trim()}\n`), base64('a')];
  const { metadata, ...rest } = changes as { readonly metadata?: object };
  const body = {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/tls',
    metadata: { name, namespace, labels: { 'app.kubernetes.io/managed-by': 'eggtooth' }, ...metadata },
    data: { 'ca.crt': ca, 'tls.crt': value, 'tls.key': value },
    ...rest,
  };
  const query = { fieldManager: 'eggtooth', force: 'true', ...(dryRun && { dryRun: 'All' }) };
  const path = secrets(namespace, name);
  return { method: 'PATCH', path, query, body, contentType: 'application/apply-patch+yaml' };
}

/** The same Secret, created by POST. */
function posted(changes: object = {}, namespace = SHOP): Call {
  const { body } = applied(changes, { namespace });
  return { method: 'POST', path: secrets(namespace), body };
}

const patched = (path: string, body: object, query = {}): Call => ({
  method: 'PATCH',
  path,
  query,
  body,
  contentType: `application/${Array.isArray(body) ? 'json' : 'merge'}-patch+json`,
});

const approval = (submitted: SubmittedRequest) =>
  patched(`${REQUESTS}/${submitted.name}/approval`, approvalPatch(submitted));

const owner = [{ apiVersion: 'v1', kind: 'ConfigMap', name: JOB, uid: 'b7a1f8a0-0000-0000-0000-000000000000' }];
/** kube-controller-manager would put a token of that service account into such a Secret. */
const token = {
  type: 'kubernetes.io/service-account-token',
  metadata: { annotations: { 'kubernetes.io/service-account.name': 'default' } },
  data: {},
};
const tokenRequest = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', metadata: {}, spec: {} };
const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'another' },
  spec: { serviceAccountName: 'default', containers: [{ name: 'a', image: 'registry.example/a:1' }] },
};

describe('with its own permissions, the service account of the Job', () => {
  const [byRbac, byPolicy, bySecretPolicy] = [/\(403\): the user system:serviceaccount:\S+ may not /, POLICY, SECRETS];
  const refused: string[] = [];
  const admitted: string[] = [];

  beforeAll(async () => {
    await cluster.kubectl(['create', 'namespace', 'elsewhere']);
    await cluster.kubectl(['create', 'secret', 'generic', 'another', '-n', SHOP]);
  });
  beforeEach(() => answerTo(admin, { method: 'DELETE', path: secrets(SHOP, SECRET) }));

  const FORBIDDEN: readonly (readonly [what: string, call: () => Call])[] = [
    ['create its Secret by POST', () => posted()],
    ['create a Secret of another name', () => posted({ metadata: { name: 'new', namespace: SHOP } })],
    [
      'create a Secret whose name the API server completes',
      () => posted({ metadata: { name: undefined, generateName: 'assets-' } }),
    ],
    ['create a token of another service account by POST', () => posted(token)],
    ['try to create by POST, as a dry run', () => ({ ...posted(), query: { dryRun: 'All' } })],
    ['apply a Secret of another name', () => applied({}, { name: 'new' })],
    ['apply a Secret with a longer name', () => applied({}, { name: `${SECRET}-2` })],
    ['apply a Secret with the name of the reader', () => applied({}, { name: USER })],
    [
      'apply a Secret of a Helm release',
      () => applied({ type: 'helm.sh/release.v1' }, { name: 'sh.helm.release.v1.cni.v1' }),
    ],
    ['apply a Secret of its name elsewhere', () => applied({}, { namespace: 'elsewhere' })],
    ['apply a Secret of its name in kube-system', () => applied({}, { namespace: 'kube-system' })],
    ['apply a Secret of its name in default', () => applied({}, { namespace: 'default' })],
    ['apply the Secret that checks its policy elsewhere', () => applied({}, { name: SECRETS })],
    ['apply a token elsewhere', () => applied(token, { namespace: 'kube-system' })],
    ['apply a Secret of another name, as a dry run', () => applied({}, { name: 'new', dryRun: true })],
    ['update a Secret of others', () => patched(secrets(SHOP, 'another'), { stringData: { a: 'b' } })],
    ['apply a Secret of others', () => applied({}, { name: 'another' })],
    ['read a Secret of others', () => ({ method: 'GET', path: secrets(SHOP, 'another') })],
    ['read the Secret that checks its policy', () => ({ method: 'GET', path: secrets(HOME, SECRETS) })],
    ['delete a Secret of others', () => ({ method: 'DELETE', path: secrets(SHOP, 'another') })],
    ['delete its Secret', () => ({ method: 'DELETE', path: secrets(HOME, SECRET) })],
    ['delete all Secrets', () => ({ method: 'DELETE', path: secrets(HOME) })],
    ['list Secrets', () => ({ method: 'GET', path: secrets(HOME) })],
    ['watch Secrets', () => ({ method: 'GET', path: secrets(HOME), query: { watch: 'true', timeoutSeconds: '1' } })],
    ['list the Secrets of the cluster', () => ({ method: 'GET', path: '/api/v1/secrets' })],
    ...[
      ['a token of its own', `/api/v1/namespaces/${HOME}/serviceaccounts/${JOB}/token`, tokenRequest],
      ['a token of another service account', `/api/v1/namespaces/${HOME}/serviceaccounts/default/token`, tokenRequest],
      ['a token in kube-system', '/api/v1/namespaces/kube-system/serviceaccounts/default/token', tokenRequest],
      ['a pod', `/api/v1/namespaces/${HOME}/pods`, pod],
      ['a Job', `/apis/batch/v1/namespaces/${HOME}/jobs`, {}],
      ['a Role', `/apis/rbac.authorization.k8s.io/v1/namespaces/${HOME}/roles`, {}],
      ['a ClusterRoleBinding', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {}],
      ['a policy', '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies', {}],
      ['a HelmRepository', repository.replace(/\/apps$/, ''), {}],
    ].map(([what, path, body]) => [`create ${what}`, () => ({ method: 'POST', path, body }) as Call] as const),
    ...[
      ['its policy', `/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/${POLICY}`],
      ['the policy for Secrets', `/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/${SECRETS}`],
      [
        'the binding of that policy',
        `/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/${SECRETS}`,
      ],
      ['its Role', `/apis/rbac.authorization.k8s.io/v1/namespaces/${SHOP}/roles/${POLICY}`],
      ['its ClusterRole', `/apis/rbac.authorization.k8s.io/v1/clusterroles/${POLICY}`],
      ['its ConfigMap', `/api/v1/namespaces/${HOME}/configmaps/${JOB}`],
      ['its CronJob', `/apis/batch/v1/namespaces/${HOME}/cronjobs/${JOB}`],
      ['its Job', `/apis/batch/v1/namespaces/${HOME}/jobs/${JOB}-first`],
      ['the binding of the reader', `/apis/rbac.authorization.k8s.io/v1/namespaces/${HOME}/rolebindings/${USER}`],
      ['another HelmRepository', repository.replace(/apps$/, 'another')],
    ].map(
      ([what, path]) => [`change ${what}`, () => patched(`${path}`, { metadata: { labels: { a: 'b' } } })] as const,
    ),
    [
      'delete the policy for Secrets',
      () => ({
        method: 'DELETE',
        path: `/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/${SECRETS}`,
      }),
    ],
    ['list requests', () => ({ method: 'GET', path: REQUESTS })],
    ['delete all requests', () => ({ method: 'DELETE', path: REQUESTS })],
  ];

  test.each(FORBIDDEN)('may not %s: RBAC', async (what, call) => {
    expect(await answerTo(job, call())).toMatch(byRbac);
    refused.push(what);
  });

  const DENIED: readonly (readonly [what: string, changes: object])[] = [
    ['of type Opaque', { type: 'Opaque' }],
    ['without a type', { type: undefined }],
    ['with a token of another service account', token],
    ['with the annotation of a token', { metadata: token.metadata }],
    ['with a token for kubeadm', { type: 'bootstrap.kubernetes.io/token' }],
    ['of a Helm release', { type: 'helm.sh/release.v1', data: { release: '' } }],
    ['with another key', { stringData: { password: 'a' } }],
    ['with another key in place of one', { data: { 'tls.crt': '', 'tls.key': '', 'ca.pem': '' } }],
    ['with another CA', { stringData: { 'ca.crt': 'another CA' } }],
    ['that is immutable', { immutable: true }],
    ['with an owner', { metadata: { ownerReferences: owner } }],
    ['with a finalizer', { metadata: { finalizers: ['example.org/stay'] } }],
    ['with a generateName', { metadata: { generateName: 'assets-' } }],
    ['with an annotation of others', { metadata: { annotations: { 'example.org/note': 'a' } } }],
    ['with a label of others', { metadata: { labels: { team: 'a' } } }],
    ['with the label of another manager', { metadata: { labels: { 'app.kubernetes.io/managed-by': 'Helm' } } }],
    ['with the label of Flux', { metadata: { labels: { 'kustomize.toolkit.fluxcd.io/name': 'a' } } }],
  ];

  test.each(DENIED)('may not create its Secret %s: the policy for Secrets', async (what, changes) => {
    for (const dryRun of [true, false]) {
      if (dryRun && what === 'with another CA') continue;
      expect(await answerTo(job, applied(changes, { dryRun }))).toBe(bySecretPolicy);
    }
    await expect(secretOf(SHOP)).rejects.toThrow('not found');
    refused.push(what);
  });

  test.each(['kubernetes.io/tls', 'Opaque'])(
    'may not create the Secret that checks its policy, of type %s',
    async (type) => {
      expect(await answerTo(job, applied({ type }, { namespace: HOME, name: SECRETS }))).toBe(bySecretPolicy);
      refused.push(`the checking Secret of type ${type}`);
    },
  );

  test.each([
    ['immutable', { immutable: true }],
    ['an owner', { metadata: { ownerReferences: owner } }],
    ['a finalizer', { metadata: { finalizers: ['example.org/stay'] } }],
    ['another key', { stringData: { password: 'a' } }],
    ['another CA', { stringData: { 'ca.crt': 'another CA' } }],
    ['an annotation of a token', { metadata: token.metadata }],
  ])('may not update its Secret with %s: the policy', async (what, body) => {
    expect(await answerTo(job, patched(secrets(HOME, SECRET), body))).toBe(byPolicy);
    refused.push(`update with ${what}`);
  });

  test('may not request for others, nor approve what others requested: the policy', async () => {
    const create = (body: object): Call => ({ method: 'POST', path: REQUESTS, body });
    const theirs = await submitRequest(admin, withPem(await honest(USER), await pemOf([{ CN: ['system:admin'] }])));
    const sameUser = await submitRequest(admin, await honest(USER));

    expect(await answerTo(job, create(await honest('somebody-else')))).toBe(byPolicy);
    expect(await answerTo(job, create(withPem(await honest(USER), await pemOf([{ CN: ['system:admin'] }]))))).toBe(
      byPolicy,
    );
    for (const submitted of [theirs, sameUser]) {
      expect(await answerTo(job, approval(submitted))).toBe(byPolicy);
      expect(await answerTo(job, { method: 'DELETE', path: `${REQUESTS}/${submitted.name}` })).toBe(byPolicy);
    }
    refused.push(...Array.from({ length: 6 }, (_, index) => `request ${index}`));
  });

  test('may not change what Flux installs: the policy', async () => {
    for (const spec of [{ url: 'https://evil.example' }, { suspend: true }]) {
      expect(await answerTo(job, patched(repository, { spec }))).toBe(byPolicy);
      refused.push(JSON.stringify(spec));
    }
  });

  const annotations = {
    'eggtooth.dev/request': 'a',
    'eggtooth.dev/request-uid': 'b',
    'eggtooth.dev/fingerprint': 'c',
    'eggtooth.dev/not-after': 'd',
    'eggtooth.dev/issue-count': '1',
  };
  const empty = { 'ca.crt': '', 'tls.crt': '', 'tls.key': '' };
  const review = (kind: string, spec: object = {}): Call => {
    const group = kind === 'SelfSubjectReview' ? 'authentication' : 'authorization';
    const path = `/apis/${group}.k8s.io/v1/${kind.toLowerCase()}s`;
    return { method: 'POST', path, body: { apiVersion: `${group}.k8s.io/v1`, kind, spec } };
  };
  const attributes = { resourceAttributes: { verb: 'get', resource: 'secrets', namespace: SHOP } };
  const ADMITTED: readonly (readonly [what: string, call: () => Call])[] = [
    ['try to create its Secret, as a dry run', () => applied({}, { dryRun: true })],
    ['try to create its Secret with empty values, as a dry run', () => applied({ data: empty }, { dryRun: true })],
    ['create its Secret', () => applied()],
    ["create its Secret with eggtooth's annotations", () => applied({ metadata: { annotations } })],
    ['create its Secret without labels', () => applied({ metadata: { labels: {} } })],
    ['read its Secret', () => ({ method: 'GET', path: secrets(HOME, SECRET) })],
    ['apply its Secret again', () => applied({}, { namespace: HOME })],
    ["apply its Secret with eggtooth's annotations", () => applied({ metadata: { annotations } }, { namespace: HOME })],
    [
      'try to apply it with empty values, as a dry run',
      () => applied({ data: empty }, { namespace: HOME, dryRun: true }),
    ],
    ['patch its Secret', () => patched(secrets(HOME, SECRET), { data: { 'tls.crt': base64('b') } })],
    [
      "change eggtooth's annotations",
      () => patched(secrets(HOME, SECRET), { metadata: { annotations: { 'eggtooth.dev/issue-count': '2' } } }),
    ],
    ['read a HelmRepository', () => ({ method: 'GET', path: repository })],
    [
      'request a reconciliation',
      () => patched(repository, { metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': 'a' } } }),
    ],
    [
      'request another one, as a dry run',
      () =>
        patched(
          repository,
          { metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': 'b' } } },
          { dryRun: 'All' },
        ),
    ],
    [
      'read the binding of the reader',
      () => ({ method: 'GET', path: `/apis/rbac.authorization.k8s.io/v1/namespaces/${HOME}/rolebindings/${USER}` }),
    ],
    ['ask what others may', () => review('SubjectAccessReview', { user: 'a', ...attributes })],
    ['ask what it may', () => review('SelfSubjectAccessReview', attributes)],
    ['ask for all that it may', () => review('SelfSubjectRulesReview', { namespace: SHOP })],
    ['ask who it is', () => review('SelfSubjectReview')],
  ];

  test.each(ADMITTED)('may %s', async (what, call) => {
    expect(await answerTo(job, call())).toBe('admitted');
    admitted.push(what);
  });

  test('may create, read, approve and delete a request of its own', async () => {
    const own = await submitRequest(job, await honest(USER));
    const path = `${REQUESTS}/${own.name}`;

    expect(await answerTo(job, { method: 'GET', path })).toBe('admitted');
    expect(await answerTo(job, approval(own))).toBe('admitted');
    expect(await answerTo(job, { method: 'DELETE', path })).toBe('admitted');
    admitted.push('create', 'read', 'approve', 'delete');
  });

  test('was denied at least 40 requests, and had 20 admitted', () => {
    expect(new Set(refused).size).toBeGreaterThanOrEqual(40);
    expect(new Set(admitted).size).toBeGreaterThanOrEqual(20);
  });
});

describe('even as a cluster administrator, the service account of the Job', () => {
  beforeAll(async () => {
    await cluster.kubectl([
      'create',
      'clusterrolebinding',
      'widened',
      '--clusterrole=cluster-admin',
      `--serviceaccount=${HOME}:${JOB}`,
    ]);
    const isWidened = () => answerTo(job, { method: 'GET', path: '/api/v1/secrets', query: { limit: '1' } });
    await eventually(async () => expect(await isWidened()).toBe('admitted'));
  });

  test.each<readonly [what: string, call: () => Call]>([
    ['of another name by POST', () => posted({ metadata: { name: 'new', namespace: SHOP } })],
    ['of another name by apply', () => applied({}, { name: 'new' })],
    ['whose name the API server completes', () => posted({ metadata: { name: undefined, generateName: SECRET } })],
    ['elsewhere', () => applied({}, { namespace: 'elsewhere' })],
    ['in kube-system by POST', () => posted({ metadata: { name: SECRET, namespace: 'kube-system' } }, 'kube-system')],
    ['with a token', () => posted({ ...token, metadata: { ...token.metadata, name: 'token', namespace: HOME } }, HOME)],
  ])('may not create a Secret %s', async (_, call) => {
    expect(await answerTo(job, call())).toBe(SECRETS);
  });

  test('may not update or delete a Secret of others', async () => {
    expect(await answerTo(job, patched(secrets(SHOP, 'another'), { stringData: { a: 'b' } }))).toBe(POLICY);
    expect(await answerTo(job, { method: 'DELETE', path: secrets(SHOP, 'another') })).toBe(POLICY);
    expect(await answerTo(job, { method: 'DELETE', path: secrets(SHOP) })).toBe(POLICY);
  });
});

test('Both policies pass the type checking of the API server', async () => {
  for (const name of [POLICY, SECRETS]) {
    const isChecked = async () => (await get('validatingadmissionpolicy', name)).status?.typeChecking ?? false;
    expect(await eventually(isChecked)).toEqual({});
  }
});
