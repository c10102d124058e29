import 'reflect-metadata';
import { execFileSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { beforeAll, describe, expect, test } from 'vitest';
import { readCertificateAuthority } from '../../src/pki/certificate-authority';
import { errorOf } from '../support/errors';
import { type CaKind, caKey, isCa, keyAs, makeAuthority, signs, type TestAuthority } from './support/authorities';

const { clientAuth, serverAuth } = x509.ExtendedKeyUsage;
const DAY = 86_400;

let ca: TestAuthority;
let other: TestAuthority;
beforeAll(async () => {
  [ca, other] = await Promise.all([makeAuthority(), makeAuthority({ subject: [{ CN: ['front-proxy-ca'] }] })]);
});

const read = ({ certificate, key }: TestAuthority) => readCertificateAuthority(certificate, key, new Date());
const refusal = (authority: TestAuthority) => errorOf('ERR_EGGTOOTH_CA', () => read(authority));

describe('A CA is accepted', () => {
  test.each<readonly [CaKind, 'pkcs1' | 'sec1' | 'pkcs8']>([
    ['RSA', 'pkcs1'],
    ['RSA', 'pkcs8'],
    ['P-256', 'sec1'],
    ['P-256', 'pkcs8'],
    ['P-384', 'sec1'],
    ['P-521', 'sec1'],
    ['Ed25519', 'pkcs8'],
  ])('with a %s key in %s', async (kind, form) => {
    const made = await makeAuthority({ kind });

    expect(read({ ...made, key: keyAs(made.key, form) }).bundle).toBe(made.certificate);
  });

  test('with the parameters of the curve before its key, as openssl ecparam writes them', async () => {
    const written = execFileSync('openssl', ['ecparam', '-genkey', '-name', 'prime256v1'], { encoding: 'utf8' });
    expect(written).toContain('BEGIN EC PARAMETERS');
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { certificate, key } = await makeAuthority({ key: privateKey });
    const parameters = written.slice(0, written.indexOf('-----BEGIN EC PRIVATE KEY'));

    expect(() => read({ certificate, key: `${parameters}${keyAs(key, 'sec1')}` })).not.toThrow();
  });

  test.each<readonly [what: string, change: (pem: string) => string]>([
    ['line ends of Windows', (pem) => pem.replaceAll('\n', '\r\n')],
    ['text before it', (pem) => `subject=CN = kubernetes\n${pem}`],
    ['no line end', (pem) => pem.trimEnd()],
  ])('with %s', (_, change) => {
    expect(read({ certificate: change(ca.certificate), key: change(ca.key) }).bundle).toBe(ca.certificate);
  });

  test('among several certificates, which clients all trust: the one that the key fits signs', () => {
    const { certificate, bundle } = read({ certificate: other.certificate + ca.certificate, key: ca.key });

    expect(certificate.subject).toBe('CN=kubernetes');
    expect(bundle).toBe(other.certificate + ca.certificate);
  });

  test('that was renewed with the same key, beside the expired certificate', async () => {
    const key = caKey('P-256');
    const expired = await makeAuthority({ key, notBefore: -2 * DAY, notAfter: -DAY });
    const renewed = await makeAuthority({ key });
    const { certificate } = read({ ...renewed, certificate: expired.certificate + renewed.certificate });

    expect(certificate.notAfter.getTime()).toBeGreaterThan(Date.now());
  });

  test.each<readonly [what: string, extensions: readonly x509.Extension[]]>([
    ['without a keyUsage', [isCa]],
    ['for any extended usage', [isCa, signs, new x509.ExtendedKeyUsageExtension(['2.5.29.37.0'])]],
    ['for clients and servers', [isCa, signs, new x509.ExtendedKeyUsageExtension([serverAuth, clientAuth], true)]],
    ['of a path length of 0', [new x509.BasicConstraintsExtension(true, 0, true), signs]],
    ['with an extension that is not critical', [isCa, signs, new x509.Extension('1.2.3.4', false, Buffer.of(5, 0))]],
  ])('%s', async (_, extensions) => {
    const made = await makeAuthority({ extensions });

    expect(() => read(made)).not.toThrow();
  });

  test('with a SHA-1 signature of its own, which nobody verifies', async () => {
    const made = await makeAuthority({ kind: 'RSA', hash: 'SHA-1' });

    expect(() => read(made)).not.toThrow();
  });
});

describe('A CA certificate is refused', () => {
  test.each<readonly [what: string, extensions: readonly x509.Extension[], says: string]>([
    ['that is no CA', [new x509.BasicConstraintsExtension(false, undefined, true)], 'is not one of a CA'],
    ['without basicConstraints', [signs], 'is not one of a CA'],
    [
      'that may sign no certificates',
      [isCa, new x509.KeyUsagesExtension(x509.KeyUsageFlags.cRLSign, true)],
      'may not sign certificates (keyUsage)',
    ],
    [
      'for servers only',
      [isCa, signs, new x509.ExtendedKeyUsageExtension([serverAuth])],
      'may not sign certificates of clients (extKeyUsage)',
    ],
    [
      'with critical name constraints',
      // permittedSubtrees: the DNS name `a`
      [isCa, signs, new x509.Extension('2.5.29.30', true, Buffer.from('3007a0053003820161', 'hex'))],
      'has critical extensions that restrict what it may sign: nameConstraints',
    ],
    [
      'with a critical extension that nobody knows',
      [isCa, signs, new x509.Extension('1.2.3.4', true, Buffer.of(5, 0))],
      'has critical extensions that restrict what it may sign: 1.2.3.4',
    ],
  ])('%s', async (_, extensions, says) => {
    const { problem, fix } = refusal(await makeAuthority({ extensions }));

    expect(problem).toContain(`the CA certificate CN=kubernetes ${says}`);
    expect(fix).toContain('--client-ca-file of kube-apiserver');
  });

  test('that expired', async () => {
    expect(refusal(await makeAuthority({ notBefore: -2 * DAY, notAfter: -1 })).problem).toMatch(/ expired 20\d\d-/);
  });

  test('that is not valid yet', async () => {
    expect(refusal(await makeAuthority({ notBefore: DAY })).problem).toMatch(/ is not valid before 20\d\d-/);
  });

  test('with all its faults at once', async () => {
    const { problem } = refusal(await makeAuthority({ extensions: [], notAfter: -1 }));

    expect(problem).toMatch(/is not one of a CA \(basicConstraints\), expired /);
  });

  test.each<readonly [what: string, certificate: () => string, says: string, fix: string]>([
    ['that is empty', () => '', 'is not PEM', 'from -----BEGIN to -----END'],
    ['that is base64 of PEM', () => base64(ca.certificate), 'is not PEM, but base64 of it', 'base64 -d FILE > ca.crt'],
    [
      'in base64 with lines',
      () => base64(ca.certificate).replace(/.{76}/g, '$&\n'),
      'is not PEM, but base64 of it',
      'base64 -d FILE > ca.crt',
    ],
    ['in DER', () => der(ca.certificate), 'is not PEM', 'openssl x509 -inform der -in FILE -out ca.crt'],
    ['that is its key', () => ca.key, 'holds a private key', 'exchange the two: --ca-cert names'],
    ['with its key', () => ca.certificate + ca.key, 'holds a private key', 'openssl x509 -in FILE -out ca.crt'],
    [
      'that is a request',
      () => ca.certificate.replaceAll('CERTIFICATE', 'CERTIFICATE REQUEST'),
      'holds a PEM block CERTIFICATE REQUEST',
      'give PEM blocks CERTIFICATE only',
    ],
    ['that is incomplete', () => ca.certificate.slice(0, 300), 'cannot be read', 'complete and unchanged'],
    ['that was changed', () => ca.certificate.replace('MII', 'AII'), 'cannot be read', 'give PEM blocks'],
    ['of another CA', () => other.certificate, 'is not the one of the CA certificate: CN=front-proxy-ca', 'same CA'],
  ])('%s', (_, certificate, says, fix) => {
    const error = refusal({ certificate: certificate(), key: ca.key });

    expect(error.problem).toContain(says);
    expect(error.fix).toContain(fix);
  });
});

describe('A CA key is refused', () => {
  const ec = (namedCurve: string) =>
    generateKeyPairSync('ec', { namedCurve }).privateKey.export({ format: 'pem', type: 'sec1' }).toString();
  const rsa = (modulusLength: number) =>
    generateKeyPairSync('rsa', { modulusLength }).privateKey.export({ format: 'pem', type: 'pkcs1' }).toString();
  const other25519 = () => generateKeyPairSync('x25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  const publicKey = () => createPublicKey(ca.key).export({ format: 'pem', type: 'spki' }).toString();

  test.each<readonly [what: string, key: () => string, says: string, fix: string]>([
    ['that is empty', () => '', 'is not PEM', 'as in the ca.key of kubeadm'],
    ['that is base64 of PEM', () => base64(ca.key), 'is not PEM, but base64 of it', 'base64 -d FILE > ca.key'],
    ['in DER', () => der(ca.key), 'is not PEM', 'openssl pkey -inform der -in FILE -out ca.key'],
    ['that is the certificate', () => ca.certificate, 'holds a PEM block CERTIFICATE', 'exchange the two'],
    ['that is a public key', publicKey, 'holds a PEM block PUBLIC KEY, and no private key', 'give one PEM block'],
    ['that is encrypted', () => keyAs(ca.key, 'pkcs8', 'secret'), 'is encrypted', 'openssl pkey -in FILE -out ca.key'],
    ['that is encrypted as of old', () => keyAs(rsa(2048), 'pkcs1', 'secret'), 'is encrypted', 'umask 077'],
    ['that is two', () => ca.key + other.key, 'holds 2 private keys', 'give one PEM block'],
    ['with a certificate', () => ca.key + ca.certificate, 'holds a PEM block CERTIFICATE too', 'give one PEM block'],
    ['that is incomplete', () => ca.key.slice(0, 100), 'cannot be read', 'openssl pkey -in FILE -noout'],
    ['that is weak', () => rsa(1024), 'is weak: RSA with 1024 bits, less than 2048', 'RSA with 2048 bits'],
    ['on another curve', () => ec('secp256k1'), 'is of an unsupported kind: secp256k1', 'P-256, P-384, P-521'],
    ['on a weak curve', () => ec('secp224r1'), 'is of an unsupported kind: secp224r1', 'P-256, P-384, P-521'],
    ['that signs nothing', other25519, 'is of an unsupported kind: x25519', 'Ed25519'],
    ['of another CA', () => other.key, 'is not the one of the CA certificate: CN=kubernetes', 'same CA'],
  ])('%s, and nothing of it shows', (_, key, says, fix) => {
    const text = key();
    const error = refusal({ certificate: ca.certificate, key: text });

    expect(error.problem).toContain(`the CA key ${says}`);
    expect(error.fix).toContain(fix);
    expect(error.cause).toBeUndefined();
    const secrets = text.split(/\s+/).filter((word) => word.length > 40 && !word.startsWith('-----'));
    for (const secret of secrets) expect(error.message).not.toContain(secret);
  });
});

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** As a program reads it that expects text. */
function der(pem: string): string {
  return Buffer.from(pem.replace(/-----[^-]*-----/g, ''), 'base64').toString('utf8');
}
