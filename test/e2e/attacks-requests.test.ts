import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { clusterFromKubeconfig, submitRequest } from '../../src/signing';
import { type OpensslRequest, opensslKey, opensslRequest } from '../pki/support/requests';
import { eggtooth } from './support/eggtooth';
import { findKeys } from './support/key-forms';
import { forget } from './support/proxied-stage';
import { holderOf, requestObject, ShellPipeline, type ShellRequest, sha256Of } from './support/shell-pipeline';
import { type Stage, startStage } from './support/stage';

const GROUP = 'platform-admins';
const USAGES = ['client auth', 'digital signature'];

let stage: Stage;
let shell: ShellPipeline;
beforeAll(async () => {
  stage = await startStage();
  shell = new ShellPipeline(stage.cluster);
  const rbac = { apiGroup: 'rbac.authorization.k8s.io' };
  await stage.cluster.apply({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: GROUP },
    roleRef: { ...rbac, kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [
      { ...rbac, kind: 'Group', name: GROUP },
      { ...rbac, kind: 'User', name: 'alice' },
    ],
  });
});
afterAll(() => stage?.stop());
beforeEach(() => forget(stage));

/** A request of somebody whom the approver trusts. */
interface Attack extends OpensslRequest {
  readonly spec?: Partial<ShellRequest>;
  /** Flags of `eggtooth approve`. */
  readonly approveFlags?: readonly string[];
  /** Changes the request. */
  readonly change?: (request: string, key: string) => string;
}

/** What the attacker gains. */
type Gain = (certificate: X509Certificate, holder: Awaited<ReturnType<typeof holderOf>>) => unknown;

function made({ spec, change = (request) => request, ...options }: Attack) {
  const { key, request } = opensslRequest({ subject: '/CN=assets-reader', ...options });
  return { key, object: { name: 'honest-looking', request: change(request, key), usages: USAGES, ...spec } };
}

const secretsAreReadable: Gain = async (_, { kubectl }) => expect(await kubectl('get', 'secrets', '-A')).toBeDefined();
const isNamed =
  (user: string): Gain =>
  (_, { username }) =>
    expect(username).toBe(user);
const smuggled: Gain = async () => {
  const request = await stage.cluster.kubectl(['get', 'csr', 'honest-looking', '-o', 'jsonpath={.spec.request}']);
  expect(
    Buffer.from(request, 'base64')
      .toString()
      .match(/-----BEGIN/g)?.length,
  ).toBe(2);
};

/** What the shell pipeline approves, what the attacker gains, and the fault that eggtooth reports. */
const ATTACKS: readonly (readonly [name: string, attack: Attack, gain: Gain, says: string])[] = [
  [
    'an O that is bound to cluster-admin',
    { subject: `/CN=assets-reader/O=${GROUP}` },
    secretsAreReadable,
    `has the subject CN=assets-reader, O=${GROUP}, not CN=assets-reader`,
  ],
  [
    'the group of the nodes',
    { subject: '/O=system:nodes/CN=assets-reader' },
    (_, { groups }) => expect(groups).toContain('system:nodes'),
    'has the subject O=system:nodes, CN=assets-reader',
  ],
  ['a user who is cluster-admin', { subject: '/CN=alice' }, secretsAreReadable, 'has the subject CN=alice'],
  [
    'the user of the controllers',
    { subject: '/CN=system:kube-controller-manager' },
    isNamed('system:kube-controller-manager'),
    'has the subject CN=system:kube-controller-manager',
  ],
  [
    'a service account',
    { subject: '/CN=system:serviceaccount:kube-system:default' },
    isNamed('system:serviceaccount:kube-system:default'),
    'has the subject CN=system:serviceaccount:kube-system:default',
  ],
  [
    'a later generation',
    { subject: '/CN=assets-reader:g2' },
    isNamed('assets-reader:g2'),
    'has the subject CN=assets-reader:g2, not CN=assets-reader',
  ],
  [
    'an alternative name of the API server',
    { extensions: ['subjectAltName = DNS:kubernetes.default.svc'] },
    ({ subjectAltName }) => expect(subjectAltName).toBe('DNS:kubernetes.default.svc'),
    'asks for subjectAltName too',
  ],
  [
    'a weak key, RSA with 1024 bits',
    { key: opensslKey.rsa(1024), spec: { usages: [...USAGES, 'key encipherment'] } },
    ({ publicKey }) => expect(publicKey.asymmetricKeyDetails?.modulusLength).toBe(1024),
    'has a weak key: RSA with 1024 bits',
  ],
  ['a signature with SHA-1', { digest: '-sha1' }, isNamed('assets-reader'), 'has a weak signature: SHA-1'],
  [
    'a second request after it',
    { change: (request) => request + opensslRequest({ subject: '/CN=alice' }).request },
    smuggled,
    'it holds CERTIFICATE REQUEST and CERTIFICATE REQUEST',
  ],
  [
    'the private key after it, for all who may read requests',
    { change: (request, key) => request + key },
    smuggled,
    'it holds CERTIFICATE REQUEST and PRIVATE KEY',
  ],
  [
    'other text around it',
    { change: (request) => `hello\n${request}` },
    isNamed('assets-reader'),
    'it holds other text or line ends beside it',
  ],
  [
    'the longest possible duration',
    { spec: { expirationSeconds: 2 ** 31 - 1 }, approveFlags: ['--duration', '24h'] },
    ({ validTo }) => expect(Date.parse(validTo) - Date.now()).toBeGreaterThan(360 * 86_400_000),
    'asks for 2147483647 s, not at most 86400 s',
  ],
  [
    'the default duration of the cluster',
    { approveFlags: ['--duration', '24h'] },
    ({ validTo }) => expect(Date.parse(validTo) - Date.now()).toBeGreaterThan(360 * 86_400_000),
    'asks for the default duration of the cluster, not at most 86400 s',
  ],
];

async function expectRefused(request: string, flags: readonly string[], says: string): Promise<void> {
  const { cluster, bundle } = stage;
  const args = ['approve', bundle, 'honest-looking', '--expect', sha256Of(request), '--kubeconfig', cluster.kubeconfig];
  const { code, stdout, stderr } = await eggtooth([...args, ...flags]);

  expect(stderr).toContain('error: CertificateSigningRequest honest-looking: the request ');
  expect(stderr).toContain(says);
  expect(stderr).toContain('code: ERR_EGGTOOTH_REQUEST\n');
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  const { status } = JSON.parse(await cluster.kubectl(['get', 'csr', 'honest-looking', '-o', 'json']));
  expect(status).toEqual({});
}

describe.each(ATTACKS)('A request with %s', (_, attack, gain, says) => {
  test('is approved by the shell pipeline, and the attacker gains what it asks for', async () => {
    const { key, object } = made(attack);

    const certificate = await shell.issue(object);

    await gain(new X509Certificate(certificate), await holderOf(stage.cluster, certificate, key));
  });

  test('is refused by approve with the fault', async () => {
    const { object } = made(attack);
    await stage.cluster.kubectl(['create', '-f', '-'], JSON.stringify(requestObject(object)));

    await expectRefused(object.request, attack.approveFlags ?? [], says);
  });
});

/** What the signer drops or refuses later, by itself. */
describe.each<readonly [name: string, attack: Attack, says: string]>([
  ['a CA flag', { extensions: ['basicConstraints = critical,CA:TRUE'] }, 'asks for basicConstraints'],
  ['an unknown extension', { extensions: ['1.2.3.4 = ASN1:UTF8String:x'] }, 'asks for 1.2.3.4 too'],
  ['an attribute', { attributes: ['challengePassword = hello'], subject: undefined }, 'challengePassword'],
  [
    'the usage server auth too',
    { spec: { usages: [...USAGES, 'server auth'] } },
    'has the usages client auth, digital signature, s',
  ],
  ['the usage cert sign', { spec: { usages: ['cert sign'] } }, 'has the usages cert sign'],
])('A request with %s, which the signer drops or refuses', (_, attack, says) => {
  test('is refused by approve with the fault', async () => {
    const { object } = made(attack);
    await stage.cluster.kubectl(['create', '-f', '-'], JSON.stringify(requestObject(object)));

    await expectRefused(object.request, [], says);
  });
});

describe('A private key before the request', () => {
  test('is in the refusal that kubectl prints', async () => {
    const { key, request } = shell.keyAndRequest('/CN=assets-reader');

    const said = await shell.apply({ name: 'key-first', request: key + request }).catch(String);

    const echoed = /LS0t[A-Za-z0-9+/=]+/.exec(said)?.[0] ?? '';
    expect(Buffer.from(echoed, 'base64').toString()).toContain(key.trim());
  });

  test('is not in the error of submitRequest', async () => {
    const { key, request } = shell.keyAndRequest('/CN=assets-reader');
    const cluster = await clusterFromKubeconfig({ kubeconfig: stage.cluster.kubeconfig });
    const object = requestObject({ name: 'key-first', request: key + request });

    const error: Error = await submitRequest(cluster, object as Parameters<typeof submitRequest>[1]).then(
      () => new Error('it was taken'),
      (reason: Error) => reason,
    );
    cluster.close();

    expect(error).toMatchObject({ code: 'ERR_EGGTOOTH_API' });
    const pkcs8 = Buffer.from(key.replace(/-----.*-----|\n/g, ''), 'base64');
    expect(findKeys(`${error.stack}${JSON.stringify(error)}`, [pkcs8])).toEqual([]);
    expect(error.stack).not.toContain('LS0t');
  });
});
