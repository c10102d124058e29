import 'reflect-metadata';
import type { webcrypto } from 'node:crypto';
import { ExtendedKeyUsage, KeyUsageFlags, KeyUsagesExtension, SubjectAlternativeNameExtension } from '@peculiar/x509';
import { beforeAll, describe, expect, test } from 'vitest';
import { checkCertificate, inspectCertificate } from '../../src/pki/check-certificate';
import { createRequest } from '../../src/pki/create-request';
import { PrivateKey } from '../../src/pki/private-key';
import { messageOf } from '../support/errors';
import { acceptedUsers } from '../support/users';
import { type CertificateProps, certificate, keyObject, keyPair } from './support/certificates';

let keys: webcrypto.CryptoKeyPair;
beforeAll(async () => {
  keys = await keyPair();
});

const expectation = (user = 'reader') => ({ user, privateKey: keyObject(keys), duration: 3600 });
const refusal = (pem: string) => messageOf('ERR_EGGTOOTH_CERTIFICATE', () => checkCertificate(pem, expectation()));
const san = (type: 'dns' | 'ip' | 'email' | 'url', value: string) =>
  new SubjectAlternativeNameExtension([{ type, value }]);
const { clientAuth, serverAuth } = ExtendedKeyUsage;

describe('checkCertificate accepts', () => {
  test('the requested certificate, and returns its PEM, fingerprint and dates', async () => {
    const pem = await certificate({ keys });

    const checked = checkCertificate(pem, expectation());

    expect(checked.pem).toBe(pem);
    expect(checked.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(checked.notAfter.getTime() - checked.notBefore.getTime()).toBe(3_900_000);
  });

  test.each(acceptedUsers)('the user %j', async (user) => {
    const pem = await certificate({ keys, subject: [{ CN: [user] }] });

    expect(checkCertificate(pem, expectation(user)).fingerprint).toMatch(/^[0-9a-f]{64}$/);
  });

  test('a shorter duration than requested, since the signer may cut it', async () => {
    const pem = await certificate({ keys, notAfter: 600 });

    expect(checkCertificate(pem, expectation()).notAfter.getTime()).toBeLessThan(Date.now() + 601_000);
  });

  test('any duration if none was requested', async () => {
    const pem = await certificate({ keys, notAfter: 365 * 86_400 });

    expect(() => checkCertificate(pem, { user: 'reader', privateKey: keyObject(keys) })).not.toThrow();
  });

  test('text around the one PEM block, and drops it', async () => {
    const pem = await certificate({ keys });

    expect(checkCertificate(`subject=CN = reader\n${pem}\n\n`, expectation()).pem).toBe(pem);
  });

  test('a clock that is five minutes behind the signer', async () => {
    const pem = await certificate({ keys, notBefore: 280 });

    expect(() => checkCertificate(pem, expectation())).not.toThrow();
  });
});

describe('checkCertificate refuses a certificate', () => {
  const bent: readonly (readonly [string, Omit<CertificateProps, 'keys'>, string])[] = [
    ['for another user', { subject: [{ CN: ['other'] }] }, '"CN=other", not CN=reader'],
    ['for no user', { subject: [] }, 'not CN=reader'],
    ['for a user in other case', { subject: [{ CN: ['Reader'] }] }, '"CN=Reader", not CN=reader'],
    ['with a group', { subject: [{ O: ['admins'] }, { CN: ['reader'] }] }, '"O=admins\\nCN=reader", not CN=reader'],
    ['with a group after the user', { subject: [{ CN: ['reader'] }, { O: ['admins'] }] }, 'not CN=reader'],
    ['with a group in the same relative name', { subject: [{ CN: ['reader'], O: ['admins'] }] }, 'not CN=reader'],
    ['with two users', { subject: [{ CN: ['reader'] }, { CN: ['admin'] }] }, 'not CN=reader'],
    ['with an organizational unit', { subject: [{ OU: ['x'] }, { CN: ['reader'] }] }, 'not CN=reader'],
    ['with a DNS name', { extensions: [san('dns', 'kubernetes.default.svc')] }, 'has alternative names'],
    ['with an address', { extensions: [san('ip', '10.0.0.1')] }, 'has alternative names'],
    ['with an e-mail address', { extensions: [san('email', 'a@example.org')] }, 'has alternative names'],
    ['with a URI', { extensions: [san('url', 'spiffe://example.org/x')] }, 'has alternative names'],
    ['of a CA', { ca: true }, 'is a CA certificate'],
    [
      'of a CA that may sign',
      { ca: true, extensions: [new KeyUsagesExtension(KeyUsageFlags.keyCertSign)] },
      'is a CA certificate',
    ],
    ['for servers only', { usages: [serverAuth] }, 'is not for client authentication only'],
    ['for servers too', { usages: [clientAuth, serverAuth] }, 'is not for client authentication only'],
    ['for anything', { usages: [] }, 'is not for client authentication only'],
    ['for any usage', { usages: ['2.5.29.37.0'] }, 'is not for client authentication only'],
    ['that expired', { notBefore: -3600, notAfter: -1 }, 'expired 2'],
    ['that is not valid yet', { notBefore: 900, notAfter: 3600 }, 'is not valid before 2'],
    ['that is valid for longer than requested', { notAfter: 3700 }, 'is valid for 4000 s, longer than the 3600 s that'],
  ];

  test.each(bent)('%s', async (_, props, says) => {
    const message = refusal(await certificate({ keys, ...props }));

    expect(message).toContain(says);
    expect(message).toContain('it must not be used');
  });

  test('for another key', async () => {
    expect(refusal(await certificate({ keys: await keyPair() }))).toContain('is for another key');
  });

  test.each(['P-256', 'RSA', 'Ed25519'] as const)('for another key than one of kind %s', async (algorithm) => {
    const { privateKey } = await createRequest({ user: 'reader', algorithm });
    const pem = await certificate({ keys });

    const wanted = { user: 'reader', privateKey: privateKey.toKeyObject() };
    expect(messageOf('ERR_EGGTOOTH_CERTIFICATE', () => checkCertificate(pem, wanted))).toContain('is for another key');
  });

  test('with every fault in one message', async () => {
    const pem = await certificate({ keys, subject: [{ CN: ['other'] }], usages: [serverAuth], notAfter: -1 });

    expect(refusal(pem)).toMatch(/subject "CN=other".*client authentication only.*expired/);
  });
});

describe('checkCertificate refuses a text with', () => {
  test('two blocks, even the same one twice', async () => {
    const pem = await certificate({ keys });

    expect(refusal(pem + pem)).toContain('expected one block CERTIFICATE, found 2');
  });

  test('a private key after the certificate, and does not show the key', async () => {
    const key = (await PrivateKey.fromCryptoKey(keys.privateKey, globalThis.crypto)).revealPem();
    const message = refusal((await certificate({ keys })) + key);

    expect(message).toContain('expected one block CERTIFICATE, found 2');
    expect(message).not.toContain(key.split('\n')[1]);
  });

  test.each([
    ['nothing in it', '', 'found 0'],
    ['no block', 'hello', 'found 0'],
    [
      'a block that is no certificate',
      '-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n',
      'cannot be parsed',
    ],
    ['a block of another label', '-----BEGIN X-----\naGVsbG8=\n-----END X-----\n', 'found another'],
    ['a block without an end', '-----BEGIN CERTIFICATE-----\naGVsbG8=\n', 'an incomplete one'],
  ])('%s', (_, pem, says) => {
    expect(refusal(pem)).toContain(says);
  });
});

describe('inspectCertificate', () => {
  test('returns each fault as an entry of its own, and no certificate', async () => {
    const pem = await certificate({ keys, subject: [{ CN: ['other'] }], ca: true });

    expect(inspectCertificate(pem, expectation())).toEqual({
      faults: ['has the subject "CN=other", not CN=reader', 'is a CA certificate'],
    });
  });

  test('returns the certificate if there is no fault', async () => {
    const pem = await certificate({ keys });

    expect(inspectCertificate(pem, expectation())).toEqual({
      certificate: checkCertificate(pem, expectation()),
      faults: [],
    });
  });
});
