import { createHash, createPublicKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { certificateSigningRequest } from '../../src/pki/certificate-signing-request';
import { checkRequest, type RequestExpectation } from '../../src/pki/check-request';
import { createRequest } from '../../src/pki/create-request';
import { errorOf } from '../support/errors';
import { acceptedUsers } from '../support/users';
import { opensslKey, opensslRequest } from './support/requests';

const EXPECTED: RequestExpectation = { users: ['reader'] };
const REFERENCE = { apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest', name: 'x' };
const P256_USAGES = ['client auth', 'digital signature'];

/** The object as the API server returns it. */
const object = (request: string, spec: object = {}) => ({
  metadata: { name: REFERENCE.name },
  spec: {
    request: Buffer.from(request).toString('base64'),
    signerName: 'kubernetes.io/kube-apiserver-client',
    usages: P256_USAGES,
    ...spec,
  },
});
const checked = (request: string, spec: object = {}, expected = EXPECTED) =>
  checkRequest(object(request, spec), expected);

/** The faults for which it is refused. */
function refusal(request: string, spec: object = {}, expected = EXPECTED): string {
  const { message, problem, object } = errorFor(() => checked(request, spec, expected));
  expect(message).toContain('it must not be approved');
  expect(object).toEqual(REFERENCE);
  return problem;
}

function errorFor(action: () => unknown) {
  try {
    action();
  } catch (error) {
    return error as ReturnType<typeof errorOf>;
  }
  throw new Error('it was accepted');
}

/** A request with one byte of its DER changed. */
function bent(request: string, bend: (der: Buffer) => Buffer): string {
  const der = bend(Buffer.from(request.replace(/-----.*-----|\n/g, ''), 'base64'));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE REQUEST-----\n${lines.join('\n')}\n-----END CERTIFICATE REQUEST-----\n`;
}

describe('checkRequest accepts', () => {
  test.each(['P-256', 'RSA', 'Ed25519'] as const)(
    'a request of createRequest with a key of kind %s',
    async (algorithm) => {
      const { request, privateKey } = await createRequest({ user: 'reader', algorithm });
      const { spec } = certificateSigningRequest({ metadata: { name: 'x' }, request, algorithm });

      const { publicKey, ...found } = checkRequest({ spec }, EXPECTED);

      const sha256 = createHash('sha256').update(request).digest('hex');
      expect(found).toEqual({ user: 'reader', algorithm, sha256 });
      expect(publicKey.equals(createPublicKey(privateKey.revealPem()))).toBe(true);
    },
  );

  test.each(acceptedUsers)('a request of createRequest for the user %s', async (user) => {
    const { request } = await createRequest({ user });

    expect(checked(request, {}, { users: ['other', user] }).user).toBe(user);
  });

  test.each([
    ['P-256', opensslKey.ec('P-256'), P256_USAGES],
    ['Ed25519', ['-algorithm', 'ED25519'], P256_USAGES],
    ['RSA', opensslKey.rsa(2048), ['digital signature', 'key encipherment', 'client auth']],
  ])('a request of OpenSSL with a key of kind %s', (algorithm, key, usages) => {
    expect(checked(opensslRequest({ key }).request, { usages }).algorithm).toBe(algorithm);
  });

  test.each(['-sha384', '-sha512'])('a signature with %s', (digest) => {
    expect(checked(opensslRequest({ digest }).request).user).toBe('reader');
  });

  test('the expected duration, and a shorter one', () => {
    const { request } = opensslRequest();

    for (const expirationSeconds of [600, 3600]) {
      expect(checked(request, { expirationSeconds }, { ...EXPECTED, duration: 3600 }).user).toBe('reader');
    }
  });
});

describe('checkRequest refuses with its fault', () => {
  const KEY = opensslRequest();

  test.each([
    ['another user', { subject: '/CN=other' }, 'has the subject CN=other, not CN=reader'],
    ['a longer user', { subject: '/CN=readers' }, 'has the subject CN=readers, not CN=reader'],
    ['another generation', { subject: '/CN=reader:g2' }, 'has the subject CN=reader:g2, not CN=reader'],
    ['a user of Kubernetes', { subject: '/CN=system:kube-controller-manager' }, 'CN=system:kube-controller-manager'],
    ['no subject', { subject: '/' }, 'has the subject , not CN=reader'],
    ['an O', { subject: '/CN=reader/O=system:nodes' }, 'has the subject CN=reader, O=system:nodes, not CN=reader'],
    ['an O before the CN', { subject: '/O=admins/CN=reader' }, 'has the subject O=admins, CN=reader, not CN=reader'],
    ['an OU', { subject: '/CN=reader/OU=x' }, 'has the subject CN=reader, OU=x'],
    ['two CNs', { subject: '/CN=reader/CN=reader' }, 'has the subject CN=reader, CN=reader'],
    ['an O in the same RDN', { subject: '/CN=reader+O=admins', flags: ['-multivalue-rdn'] }, 'O=admins'],
    ['a uid', { subject: '/CN=reader/UID=1' }, 'has the subject CN=reader, UID=1'],
    ['an O for the user', { subject: '/O=reader' }, 'has the subject O=reader'],
    ['a SAN', { extensions: ['subjectAltName = DNS:kubernetes.default.svc'] }, 'asks for subjectAltName too'],
    ['a CA flag', { extensions: ['basicConstraints = CA:TRUE'] }, 'asks for basicConstraints too'],
    ['a CA flag that says no', { extensions: ['basicConstraints = CA:FALSE'] }, 'asks for basicConstraints'],
    ['key usages', { extensions: ['keyUsage = keyCertSign'] }, 'asks for keyUsage too'],
    ['an extension of its own', { extensions: ['1.2.3.4 = ASN1:UTF8String:x'] }, 'asks for 1.2.3.4 too'],
    ['an attribute', { attributes: ['challengePassword = hello'] }, 'asks for challengePassword too'],
    ['RSA of 1024 bits', { key: opensslKey.rsa(1024) }, 'has a weak key: RSA with 1024 bits, less than 2048'],
    ['RSA of 2047 bits', { key: opensslKey.rsa(2047) }, 'has a weak key: RSA with 2047 bits'],
    [
      'RSA with the exponent 3',
      { key: [...opensslKey.rsa(2048), '-pkeyopt', 'rsa_keygen_pubexp:3'] },
      'has a weak key: RSA with the exponent 3',
    ],
    ['P-384', { key: opensslKey.ec('P-384') }, 'has a key of kind secp384r1'],
    ['secp256k1', { key: opensslKey.ec('secp256k1') }, 'has a key of kind secp256k1'],
    [
      'P-256 with explicit parameters',
      { key: [...opensslKey.ec('P-256'), '-pkeyopt', 'ec_param_enc:explicit'] },
      'has a',
    ],
    ['RSA-PSS', { key: ['-algorithm', 'RSA-PSS', '-pkeyopt', 'rsa_keygen_bits:2048'] }, 'has a key of kind rsa-pss'],
    ['Ed448', { key: ['-algorithm', 'ED448'] }, 'has a key of kind ed448'],
    ['SHA-1', { digest: '-sha1' }, 'has a weak signature: SHA-1'],
    ['SHA-1 with RSA', { key: opensslKey.rsa(2048), digest: '-sha1' }, 'has a weak signature: SHA-1'],
    ['MD5', { key: opensslKey.rsa(2048), digest: '-md5' }, 'has a weak signature: MD5'],
    ['SHA-224', { digest: '-sha224' }, 'is signed with an unsupported algorithm: 1.2.840.10045.4.3.1'],
  ])('%s', (_, options, says) => {
    expect(refusal(opensslRequest(options).request)).toContain(says);
  });

  test.each([
    ['two requests', KEY.request + KEY.request, 'it holds CERTIFICATE REQUEST and CERTIFICATE REQUEST'],
    ['a private key after the request', KEY.request + KEY.key, 'it holds CERTIFICATE REQUEST and PRIVATE KEY'],
    ['a private key before the request', KEY.key + KEY.request, 'it holds PRIVATE KEY and CERTIFICATE REQUEST'],
    ['text after the block', `${KEY.request}hello`, 'it holds other text or line ends beside it'],
    ['text before the block', `hello\n${KEY.request}`, 'it holds other text or line ends beside it'],
    ['a newline before the block', `\n${KEY.request}`, 'it holds other text or line ends beside it'],
    ['two newlines after the block', `${KEY.request}\n`, 'it holds other text or line ends beside it'],
    ['PEM headers', KEY.request.replace('-\n', '-\nX: y\n\n'), 'it holds other text or line ends beside it'],
    ['another label', KEY.request.replaceAll('CERTIFICATE REQUEST', 'X'), 'it holds X'],
    ['nothing', '', 'it holds no PEM block'],
    ['no DER', bent(KEY.request, () => Buffer.from('hello')), 'is not a PKCS #10 request in DER'],
    ['bytes after the DER', bent(KEY.request, (der) => Buffer.concat([der, Buffer.of(0)])), 'is not a PKCS #10'],
    ['truncated DER', bent(KEY.request, (der) => der.subarray(0, -1)), 'is not a PKCS #10 request in DER'],
    [
      'base64 that is not canonical',
      KEY.request.replace(/\n-----END/, '=\n-----END'),
      'is not a PKCS #10 request in DER',
    ],
  ])('%s', (_, request, says) => {
    expect(refusal(request)).toContain(says);
  });

  test('spec.request in base64 that is not canonical', () => {
    const spec = { request: `${Buffer.from(KEY.request).toString('base64')}\n` };

    expect(refusal(KEY.request, spec)).toContain('it holds no PEM block');
  });

  test('a signature of another key', () => {
    const other = opensslRequest();
    const der = (pem: string) => Buffer.from(pem.replace(/-----.*-----|\n/g, ''), 'base64');
    const swapped = bent(KEY.request, (bytes) => {
      const at = bytes.indexOf(Buffer.from('0342000', 'hex')) + 5;
      const from = der(other.request).indexOf(Buffer.from('034200', 'hex')) + 5;
      return Buffer.concat([
        bytes.subarray(0, at),
        der(other.request).subarray(from, from + 32),
        bytes.subarray(at + 32),
      ]);
    });

    expect(refusal(swapped)).toMatch(/has an invalid signature|has a public key that cannot be read/);
  });

  test('a change of any single byte of the DER', () => {
    const length = Buffer.from(KEY.request.replace(/-----.*-----|\n/g, ''), 'base64').length;
    for (let index = 0; index < length; index += 1) {
      const flipped = bent(KEY.request, (der) => {
        der.writeUInt8((der[index] ?? 0) ^ 1, index);
        return der;
      });
      expect(refusal(flipped), `byte ${index}`).toMatch(/^the request /);
    }
  });

  test.each([
    [
      'another signer',
      { signerName: 'kubernetes.io/kubelet-serving' },
      'is for the signer kubernetes.io/kubelet-serving',
    ],
    ['no signer', { signerName: undefined }, 'is for the signer , not'],
    [
      'client auth alone',
      { usages: ['client auth'] },
      'has the usages client auth, not client auth, digital signature',
    ],
    [
      'server auth',
      { usages: [...P256_USAGES, 'server auth'] },
      'has the usages client auth, digital signature, server',
    ],
    ['key encipherment for P-256', { usages: [...P256_USAGES, 'key encipherment'] }, 'has the usages'],
    ['cert sign', { usages: ['cert sign'] }, 'has the usages cert sign, not'],
    ['any', { usages: ['any'] }, 'has the usages any, not'],
  ])('%s', (_, spec, says) => {
    expect(refusal(KEY.request, spec)).toContain(says);
  });

  test.each([
    ['a longer duration than expected', { expirationSeconds: 3601 }, 'asks for 3601 s, not at most 3600 s'],
    ['no duration', {}, 'asks for the default duration of the cluster, not at most 3600 s'],
    ['a duration that is not a number', { expirationSeconds: '60' }, 'not at most 3600 s'],
  ])('%s', (_, spec, says) => {
    expect(refusal(KEY.request, spec, { ...EXPECTED, duration: 3600 })).toContain(says);
  });

  test('every fault in one message, with a fix', () => {
    const { request } = opensslRequest({
      subject: '/CN=a/O=b',
      extensions: ['subjectAltName = IP:10.0.0.1'],
      digest: '-sha1',
    });
    const { problem } = errorOf('ERR_EGGTOOTH_REQUEST', () => {
      try {
        checked(request, { usages: ['any'] });
      } catch (error) {
        // The message begins with the object.
        throw Object.assign(error as Error, { message: (error as Error).message.replace(/^.*?: /, '') });
      }
    });

    expect(problem).toMatch(/subject CN=a, O=b.*subjectAltName.*SHA-1.*usages any/);
  });

  test('characters that would change a terminal, and prints them escaped', () => {
    const subject = '/CN=\u001b[2Jreader\u202e';
    const problem = refusal(opensslRequest({ subject, flags: ['-utf8'] }).request);

    expect(problem).toContain('CN=\\u{1b}[2Jreader\\u{202e}');
    expect(problem).toMatch(/^[ -~]*$/);
  });

  test.each([undefined, null, 'text', {}, { spec: null }, { spec: { request: 1 } }, []])(
    'an object that is %j',
    (bad) => {
      expect(() => checkRequest(bad, EXPECTED)).toThrow(
        'CertificateSigningRequest (unnamed): the request is not one PEM',
      );
    },
  );
});
