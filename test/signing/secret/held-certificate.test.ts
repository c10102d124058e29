import { KeyObject, type webcrypto } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/kubernetes/kube-object';
import { heldCertificate, userOf } from '../../../src/signing/secret/held-certificate';
import { certificate, keyPair } from '../../pki/support/certificates';
import { acceptedUsers } from '../../support/users';

let keys: webcrypto.CryptoKeyPair;
let key: string;
beforeAll(async () => {
  keys = await keyPair();
  key = KeyObject.from(keys.privateKey).export({ format: 'pem', type: 'pkcs8' }).toString();
});

const secret = (data: Readonly<Record<string, string>>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'tls', namespace: 'platform' },
  data: Object.fromEntries(Object.entries(data).map(([name, text]) => [name, Buffer.from(text).toString('base64')])),
});

describe('userOf returns', () => {
  test.each(acceptedUsers)('the commonName of the certificate: %s', async (user) => {
    const crt = await certificate({ keys, subject: [{ CN: [user] }] });

    expect(userOf(secret({ 'tls.crt': crt }))).toBe(user);
  });

  test('the commonName of an expired certificate', async () => {
    expect(userOf(secret({ 'tls.crt': await certificate({ keys, notBefore: -7200, notAfter: -3600 }) }))).toBe(
      'reader',
    );
  });

  test.each<readonly [what: string, subject: Record<string, string[]>[]]>([
    ['a group beside the user', [{ O: ['system:masters'] }, { CN: ['reader'] }]],
    ['two names', [{ CN: ['reader'] }, { CN: ['writer'] }]],
    ['no name', [{ O: ['reader'] }]],
  ])('undefined for a subject with %s', async (_, subject) => {
    expect(userOf(secret({ 'tls.crt': await certificate({ keys, subject }) }))).toBeUndefined();
  });

  test.each([
    ['no certificate', {}],
    ['a text in its place', { 'tls.crt': 'reader' }],
  ])('undefined for a Secret with %s', (_, data) => {
    expect(userOf(secret(data))).toBeUndefined();
    expect(userOf({ apiVersion: 'v1', kind: 'Secret', metadata: {} })).toBeUndefined();
  });
});

describe('heldCertificate returns', () => {
  test('the certificate with its key and CA', async () => {
    const crt = await certificate({ keys });

    const held = heldCertificate(secret({ 'tls.crt': crt, 'tls.key': key, 'ca.crt': 'the CA' }));

    expect(held).toMatchObject({
      secret: { namespace: 'platform', name: 'tls' },
      user: 'reader',
      certificate: crt,
      ca: 'the CA',
    });
    expect(held?.privateKey.revealPem()).toBe(key);
    expect(JSON.stringify(held)).not.toContain('PRIVATE');
  });

  test.each([
    ['no key', async () => ({ 'tls.crt': await certificate({ keys }) })],
    ['no certificate', async () => ({ 'tls.key': key })],
  ])('undefined for a Secret with %s', async (_, data) => {
    expect(heldCertificate(secret(await data()))).toBeUndefined();
  });
});
