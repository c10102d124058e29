import 'reflect-metadata';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, webcrypto } from 'node:crypto';
import { type JsonName, Pkcs10CertificateRequestGenerator, SubjectAlternativeNameExtension } from '@peculiar/x509';
import type { CertificateSigningRequestManifest } from '../../../src/kubernetes/k8s';
import { createRequest } from '../../../src/pki/create-request';
import { requestManifest } from '../../../src/signing/request/submit-request';

type Spec = CertificateSigningRequestManifest['spec'];

/** A CertificateSigningRequest that a renewal job must not be able to create. */
export interface OddRequest {
  readonly what: string;
  make(user: string): Promise<CertificateSigningRequestManifest>;
}

/** The duration that the renewal jobs of the tests may request, in seconds. */
export const DURATION = 86_400;

/** A request that the renewal job may create. */
export async function honest(user: string): Promise<CertificateSigningRequestManifest> {
  return requestManifest(await createRequest({ user }), { duration: DURATION });
}

const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const P384 = { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' };

/** A request for any subject, PEM. */
export async function pemOf(name: JsonName, { algorithm = P256, san = false } = {}): Promise<string> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const extensions = san ? [new SubjectAlternativeNameExtension([{ type: 'dns', value: 'kubernetes.default' }])] : [];
  const options = { name, keys, signingAlgorithm: algorithm, extensions };
  return `${(await Pkcs10CertificateRequestGenerator.create(options, webcrypto)).toString('pem')}\n`;
}

function opensslPem(user: string): string {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc', '-keyout', '/dev/null'];
  return execFileSync('openssl', ['req', '-new', ...key, '-subj', `/CN=${user}`], { encoding: 'utf8', stdio: 'pipe' });
}

/** The same CertificateSigningRequest with another request. */
export function withPem(manifest: CertificateSigningRequestManifest, pem: string): CertificateSigningRequestManifest {
  return { ...manifest, spec: { ...manifest.spec, request: Buffer.from(pem).toString('base64') } };
}

/** An honest request with other bytes. */
function bytes(what: string, make: (user: string, pem: string) => string | Promise<string>): OddRequest {
  return {
    what,
    async make(user) {
      const manifest = await honest(user);
      return withPem(manifest, await make(user, Buffer.from(manifest.spec.request, 'base64').toString('utf8')));
    },
  };
}

/** An honest request with another spec. */
function spec(what: string, change: (honest: Spec) => Partial<Spec>): OddRequest {
  return {
    what,
    async make(user) {
      const manifest = await honest(user);
      return { ...manifest, spec: { ...manifest.spec, ...change(manifest.spec) } };
    },
  };
}

const privateKeyPem = () =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const withKey = (algorithm: 'RSA' | 'Ed25519') => async (user: string) =>
  (await createRequest({ user, algorithm })).request;

/** Requests that the policy must refuse, for any user of the renewal job. */
export const oddRequests: readonly OddRequest[] = [
  bytes('another user', () => pemOf([{ CN: ['somebody-else'] }])),
  bytes('the user and one more character', (user) => pemOf([{ CN: [`${user}x`] }])),
  bytes('the user without its last character', (user) => pemOf([{ CN: [user.slice(0, -1)] }])),
  bytes('the user with another last character', (user) => pemOf([{ CN: [`${user.slice(0, -1)}Q`] }])),
  bytes('the user with another first character', (user) => pemOf([{ CN: [`Q${user.slice(1)}`] }])),
  bytes('a user of Kubernetes itself', () => pemOf([{ CN: ['system:kube-controller-manager'] }])),
  bytes('a service account', () => pemOf([{ CN: ['system:serviceaccount:kube-system:default'] }])),
  bytes('a group behind the user', (user) => pemOf([{ CN: [user] }, { O: ['system:nodes'] }])),
  bytes('a group before the user', (user) => pemOf([{ O: ['system:nodes'] }, { CN: [user] }])),
  bytes('a group in one name with the user', (user) => pemOf([{ CN: [user], O: ['system:nodes'] }])),
  bytes('two users', (user) => pemOf([{ CN: [user] }, { CN: ['somebody-else'] }])),
  bytes('no user', () => pemOf([])),
  bytes('an alternative name', (user) => pemOf([{ CN: [user] }], { san: true })),
  bytes('a second request behind it', async (_, pem) => pem + (await pemOf([{ CN: ['somebody-else'] }]))),
  bytes('a second request before it', async (_, pem) => (await pemOf([{ CN: ['somebody-else'] }])) + pem),
  bytes('a private key behind it', (_, pem) => pem + privateKeyPem()),
  bytes('a newline before it', (_, pem) => `\n${pem}`),
  bytes('text before it', (_, pem) => `hello\n${pem}`),
  bytes('newlines behind it', (_, pem) => `${pem}\n\n\n`),
  bytes('a thousand newlines behind it', (_, pem) => pem + '\n'.repeat(1000)),
  bytes('text behind it', (_, pem) => `${pem}hello\n`),
  bytes('line ends of DOS', (_, pem) => pem.replaceAll('\n', '\r\n')),
  bytes('longer lines', (_, pem) => {
    const [head = '', ...lines] = pem.trimEnd().split('\n');
    const body = lines.slice(0, -1).join('');
    return [head, ...(body.match(/.{1,76}/g) ?? []), lines.at(-1), ''].join('\n');
  }),
  bytes('a header in the PEM', (_, pem) => pem.replace('\n', '\nComment: hello\n\n')),
  bytes("openssl's kind of string", (user) => opensslPem(user)),
  bytes('a key of RSA', withKey('RSA')),
  bytes('a key of Ed25519', withKey('Ed25519')),
  bytes('a key of P-384', (user) => pemOf([{ CN: [user] }], { algorithm: P384 })),
  spec('the signer of kubelets', () => ({
    signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
  })),
  spec('the signer of serving certificates', () => ({ signerName: 'kubernetes.io/kubelet-serving' })),
  spec('a signer of somebody else', () => ({ signerName: 'example.org/signer' })),
  spec('the usage of a server', () => ({ usages: ['server auth', 'digital signature'] })),
  spec('one more usage', () => ({ usages: ['client auth', 'digital signature', 'key encipherment'] })),
  spec('one usage less', () => ({ usages: ['client auth'] })),
  spec('any usage', () => ({ usages: ['any'] })),
  spec('a longer duration', () => ({ expirationSeconds: DURATION + 1 })),
  spec("the signer's own duration", () => ({ expirationSeconds: undefined })),
];
