import 'reflect-metadata';
import type { webcrypto } from 'node:crypto';
import { ExtendedKeyUsage, KeyUsageFlags, KeyUsagesExtension, SubjectAlternativeNameExtension } from '@peculiar/x509';
import { beforeAll, describe, expect, test } from 'vitest';
import { check } from '../../src/pki/check-certificate';
import { createRequest } from '../../src/pki/create-request';
import { PrivateKey } from '../../src/pki/private-key';
import { messageOf } from '../support/errors';
import { acceptedUsers } from '../support/users';
import { type CertificateProps, certificate, keyObject, keyPair } from './support/certificates';

let keys: webcrypto.CryptoKeyPair;
beforeAll(async () => {
  keys = await keyPair();
});

const expectation = (user = 'reader') => ({ user, privateKey: keyObject(keys), expirationSeconds: 3600 });
const refusal = (pem: string) => messageOf('ERR_EGGTOOTH_CERTIFICATE', () => check(pem, expectation()));
const san = (type: 'dns' | 'ip' | 'email' | 'url', value: string) =>
  new SubjectAlternativeNameExtension([{ type, value }]);
const { clientAuth, serverAuth } = ExtendedKeyUsage;

describe('check accepts', () => {
  test('the certificate that was asked for, and returns its PEM, fingerprint and dates', async () => {
    const pem = await certificate({ keys });

    const checked = check(pem, expectation());

    expect(checked.pem).toBe(pem);
    expect(checked.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(checked.notAfter.getTime() - checked.notBefore.getTime()).toBe(3_900_000);
  });

  test.each(acceptedUsers)('the user %j', async (user) => {
    const pem = await certificate({ keys, subject: [{ CN: [user] }] });

    expect(check(pem, expectation(user)).fingerprint).toMatch(/^[0-9a-f]{64}$/);
  });

  test('a shorter duration than was asked for: a signer may cut it', async () => {
    const pem = await certificate({ keys, notAfter: 600 });

    expect(check(pem, expectation()).notAfter.getTime()).toBeLessThan(Date.now() + 601_000);
  });

  test('any duration if none was asked for', async () => {
    const pem = await certificate({ keys, notAfter: 365 * 86_400 });

    expect(() => check(pem, { user: 'reader', privateKey: keyObject(keys) })).not.toThrow();
  });

  test('text around the one block, and leaves it out', async () => {
    const pem = await certificate({ keys });

    expect(check(`subject=CN = reader\n${pem}\n\n`, expectation()).pem).toBe(pem);
  });

  test('a clock that is up to five minutes behind the signer', async () => {
    const pem = await certificate({ keys, notBefore: 280 });

    expect(() => check(pem, expectation())).not.toThrow();
  });
});

describe('check refuses a certificate', () => {
  const bent: readonly (readonly [string, Omit<CertificateProps, 'keys'>, string])[] = [
    ['of another user', { subject: [{ CN: ['other'] }] }, '"CN=other", not CN=reader'],
    ['of no user', { subject: [] }, 'not CN=reader'],
    ['of a user in another spelling', { subject: [{ CN: ['Reader'] }] }, '"CN=Reader", not CN=reader'],
    ['with a group', { subject: [{ O: ['admins'] }, { CN: ['reader'] }] }, '"O=admins\\nCN=reader", not CN=reader'],
    ['with a group behind the user', { subject: [{ CN: ['reader'] }, { O: ['admins'] }] }, 'not CN=reader'],
    ['with a group in the same part', { subject: [{ CN: ['reader'], O: ['admins'] }] }, 'not CN=reader'],
    ['with two users', { subject: [{ CN: ['reader'] }, { CN: ['admin'] }] }, 'not CN=reader'],
    ['with an organizational unit', { subject: [{ OU: ['x'] }, { CN: ['reader'] }] }, 'not CN=reader'],
    ['with a DNS name', { extensions: [san('dns', 'kubernetes.default.svc')] }, 'carries alternative names'],
    ['with an address', { extensions: [san('ip', '10.0.0.1')] }, 'carries alternative names'],
    ['with an e-mail address', { extensions: [san('email', 'a@example.org')] }, 'carries alternative names'],
    ['with a URI', { extensions: [san('url', 'spiffe://example.org/x')] }, 'carries alternative names'],
    ['of a CA', { ca: true }, 'is one of a CA'],
    ['of a CA that may sign', { ca: true, extensions: [new KeyUsagesExtension(KeyUsageFlags.keyCertSign)] }, 'of a CA'],
    ['for servers alone', { usages: [serverAuth] }, 'is not for client authentication alone'],
    ['for servers too', { usages: [clientAuth, serverAuth] }, 'is not for client authentication alone'],
    ['for anything', { usages: [] }, 'is not for client authentication alone'],
    ['for any usage', { usages: ['2.5.29.37.0'] }, 'is not for client authentication alone'],
    ['that expired', { notBefore: -3600, notAfter: -1 }, 'expired 2'],
    ['of the future', { notBefore: 900, notAfter: 3600 }, 'is not valid before 2'],
    ['that lives longer than asked', { notAfter: 3700 }, 'lives 4000 s, longer than the 3600 s that were asked for'],
  ];

  test.each(bent)('%s', async (_, props, says) => {
    const message = refusal(await certificate({ keys, ...props }));

    expect(message).toContain(says);
    expect(message).toContain('it was not written');
  });

  test('of another key', async () => {
    expect(refusal(await certificate({ keys: await keyPair() }))).toContain('is not for the key that was made');
  });

  test.each(['P-256', 'RSA', 'Ed25519'] as const)('of another key, compared with one of kind %s', async (algorithm) => {
    const { privateKey } = await createRequest({ user: 'reader', algorithm });
    const pem = await certificate({ keys });

    const wanted = { user: 'reader', privateKey: privateKey.toKeyObject() };
    expect(messageOf('ERR_EGGTOOTH_CERTIFICATE', () => check(pem, wanted))).toContain('is not for the key');
  });

  test('with everything that is wrong in one message', async () => {
    const pem = await certificate({ keys, subject: [{ CN: ['other'] }], usages: [serverAuth], notAfter: -1 });

    expect(refusal(pem)).toMatch(/subject "CN=other".*client authentication alone.*expired/);
  });
});

describe('check refuses what is not one certificate', () => {
  test('two blocks, be they the same', async () => {
    const pem = await certificate({ keys });

    expect(refusal(pem + pem)).toContain('comes as 2 PEM blocks in place of one');
  });

  test('a private key behind it, and does not show the key', async () => {
    const key = (await PrivateKey.fromCryptoKey(keys.privateKey, globalThis.crypto)).revealPem();
    const message = refusal((await certificate({ keys })) + key);

    expect(message).toContain('comes as 2 PEM blocks in place of one');
    expect(message).not.toContain(key.split('\n')[1]);
  });

  test.each([
    ['nothing', '', 'comes as 0 PEM blocks'],
    ['text', 'hello', 'comes as 0 PEM blocks'],
    ['a block that is no certificate', '-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n', 'be read'],
    ['a block of another label', '-----BEGIN X-----\naGVsbG8=\n-----END X-----\n', 'in place of one'],
    ['a block without an end', '-----BEGIN CERTIFICATE-----\naGVsbG8=\n', 'in place of one'],
  ])('%s', (_, pem, says) => {
    expect(refusal(pem)).toContain(says);
  });
});
