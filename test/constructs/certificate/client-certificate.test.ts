import { ApiObject, Duration, JsonPatch } from 'cdk8s';
import { describe, expect, test } from 'vitest';
import { ClientCertificate, type ClientCertificateProps } from '../../../src/constructs/certificate/client-certificate';
import { errorOf } from '../../support/errors';
import { synth } from '../../support/synth';
import { acceptedUsers, refusedUsers } from '../../support/users';

const request = pem('CERTIFICATE REQUEST');
const props: ClientCertificateProps = { user: 'assets-reader', request };

/** The name ends with the first ten digits of the SHA-256 of the request. */
const csr = {
  apiVersion: 'certificates.k8s.io/v1',
  kind: 'CertificateSigningRequest',
  metadata: { name: 'assets-reader-3a1f6fc08a' },
  spec: {
    request: Buffer.from(request).toString('base64'),
    signerName: 'kubernetes.io/kube-apiserver-client',
    usages: ['client auth', 'digital signature'],
  },
};

function synthRequest(changes: Partial<ClientCertificateProps> = {}, namespace?: string, id = 'csr') {
  const [object, ...others] = synth((chart) => new ClientCertificate(chart, id, { ...props, ...changes }), namespace);
  expect(others).toEqual([]);
  return object;
}

describe('a ClientCertificate', () => {
  test('is a CertificateSigningRequest for the signer of client certificates', () => {
    expect(synthRequest()).toEqual(csr);
  });

  test.each(['platform', ''])('has no namespace, even in a Chart with the namespace %j', (namespace) => {
    expect(synthRequest({}, namespace)).toEqual(csr);
  });

  test('has the same YAML with every construct id', () => {
    expect(synthRequest({}, undefined, 'renamed')).toEqual(csr);
  });

  test('has another name for another request, because the spec of an object is immutable', () => {
    const other = pem('CERTIFICATE REQUEST', 'Zm9v');

    expect(synthRequest({ request: other })?.metadata.name).toMatch(/^assets-reader-(?!3a1f6fc08a)[0-9a-f]{10}$/);
  });

  test('can have an explicit name', () => {
    expect(synthRequest({ name: 'reader-2' })?.metadata).toEqual({ name: 'reader-2' });
  });

  test.each([
    { user: 'Flux@Example.org', name: /^flux-example-org-[0-9a-f]{10}$/ },
    { user: '..', name: /^reader-[0-9a-f]{10}$/ },
  ])('of $user has a name that Kubernetes accepts', ({ user, name }) => {
    expect(synthRequest({ user })?.metadata.name).toMatch(name);
  });

  test.each([
    { algorithm: 'P-256' as const, usages: ['client auth', 'digital signature'] },
    { algorithm: 'Ed25519' as const, usages: ['client auth', 'digital signature'] },
    { algorithm: 'RSA' as const, usages: ['client auth', 'digital signature', 'key encipherment'] },
  ])('of $algorithm requests the usages $usages', ({ algorithm, usages }) => {
    expect(synthRequest({ algorithm })).toHaveProperty('spec.usages', usages);
  });

  test.each([
    { duration: Duration.minutes(10), seconds: 600 },
    { duration: Duration.days(90), seconds: 7_776_000 },
  ])('can request a duration of $seconds s', ({ duration, seconds }) => {
    expect(synthRequest({ duration })).toHaveProperty('spec.expirationSeconds', seconds);
  });

  test.each([Duration.seconds(599), Duration.seconds(0)])(
    'is rejected with a duration below 10 minutes: %s',
    (duration) => {
      const error = errorOf('ERR_EGGTOOTH_OPTION', () => synthRequest({ duration }));

      expect(error.problem).toBe(`invalid duration of a certificate: ${duration.toSeconds()} s`);
    },
  );

  test('accepts JSON patches in a Chart with a namespace', () => {
    const [object] = synth((chart) => {
      const certificate = new ClientCertificate(chart, 'csr', props);
      certificate.apiObject.addJsonPatch(JsonPatch.add('/metadata/labels', { a: 'b' }));
      expect(ApiObject.of(certificate)).toBe(certificate.apiObject);
    }, 'platform');

    expect(object?.metadata).toEqual({ ...csr.metadata, labels: { a: 'b' } });
  });
});

describe('the user of a ClientCertificate', () => {
  test.each(acceptedUsers)('can be %j', (user) => {
    expect(synthRequest({ user })?.kind).toBe('CertificateSigningRequest');
  });

  test.each(refusedUsers)('cannot be $user: it $says', ({ user, says }) => {
    const error = errorOf('ERR_EGGTOOTH_USER', () => synthRequest({ user }));

    expect(error.problem).toContain(`the user ${JSON.stringify(user)} ${says}`);
  });
});

describe('the request of a ClientCertificate', () => {
  test('can end without a newline', () => {
    expect(synthRequest({ request: request.trimEnd() })).toBeDefined();
  });

  test.each([
    { why: 'a private key', text: pem('PRIVATE KEY'), holds: 'PRIVATE KEY' },
    {
      why: 'a private key behind the request',
      text: request + pem('EC PRIVATE KEY'),
      holds: 'CERTIFICATE REQUEST and EC PRIVATE KEY',
    },
    {
      why: 'a private key before the request',
      text: pem('PRIVATE KEY') + request,
      holds: 'PRIVATE KEY and CERTIFICATE REQUEST',
    },
    { why: 'two requests', text: request + request, holds: 'CERTIFICATE REQUEST and CERTIFICATE REQUEST' },
    { why: 'a certificate', text: pem('CERTIFICATE'), holds: 'CERTIFICATE' },
    { why: 'nothing', text: '', holds: 'no PEM block' },
    { why: 'the name of a file', text: 'reader.csr', holds: 'no PEM block' },
    { why: 'text before the block', text: `c2VjcmV0\n${request}`, holds: 'other text or line ends beside it' },
    { why: 'text behind the block', text: `${request}c2VjcmV0`, holds: 'other text or line ends beside it' },
    {
      why: 'Windows line ends',
      text: request.replaceAll('\n', '\r\n'),
      holds: 'other text or line ends beside it',
    },
  ])('is rejected if it is or has $why', ({ text, holds }) => {
    const error = errorOf('ERR_EGGTOOTH_OPTION', () => synthRequest({ request: text }));

    expect(error.problem).toBe(`expected one PEM block CERTIFICATE REQUEST, found ${holds}`);
    expect(error.message).not.toContain('c2VjcmV0');
  });
});

function pem(label: string, body = 'c2VjcmV0'): string {
  return `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;
}
