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

describe('the user of a Secret', () => {
  test.each(acceptedUsers)('is the commonName of its certificate: %s', async (user) => {
    const crt = await certificate({ keys, subject: [{ CN: [user] }] });

    expect(userOf(secret({ 'tls.crt': crt }))).toBe(user);
  });

  test('is the same when the certificate has expired', async () => {
    expect(userOf(secret({ 'tls.crt': await certificate({ keys, notBefore: -7200, notAfter: -3600 }) }))).toBe(
      'reader',
    );
  });

  test.each<readonly [what: string, subject: Record<string, string[]>[]]>([
    ['a group beside the user', [{ O: ['system:masters'] }, { CN: ['reader'] }]],
    ['two names', [{ CN: ['reader'] }, { CN: ['writer'] }]],
    ['no name', [{ O: ['reader'] }]],
  ])('is nobody if the subject has %s', async (_, subject) => {
    expect(userOf(secret({ 'tls.crt': await certificate({ keys, subject }) }))).toBeUndefined();
  });

  test.each([
    ['no certificate', {}],
    ['something else in its place', { 'tls.crt': 'reader' }],
  ])('is nobody if it holds %s', (_, data) => {
    expect(userOf(secret(data))).toBeUndefined();
    expect(userOf({ apiVersion: 'v1', kind: 'Secret', metadata: {} })).toBeUndefined();
  });
});

describe('the certificate that is tried', () => {
  test('comes with its key and CA', async () => {
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
  ])('is none if the Secret holds %s', async (_, data) => {
    expect(heldCertificate(secret(await data()))).toBeUndefined();
  });
});
