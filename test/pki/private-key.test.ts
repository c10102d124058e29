import { generateKeyPairSync, webcrypto } from 'node:crypto';
import { format, inspect } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { EggtoothError } from '../../src/errors';
import { createRequest, type KeyAndRequest } from '../../src/pki/create-request';
import { PrivateKey } from '../../src/pki/private-key';

let made: KeyAndRequest;
let key: PrivateKey;
beforeAll(async () => {
  made = await createRequest({ user: 'reader' });
  key = made.privateKey;
});

describe('PrivateKey does not show the key in what', () => {
  test.each<readonly [string, () => string]>([
    ['util.inspect prints', () => inspect(key, { depth: 9, showHidden: true, getters: true })],
    [
      'util.inspect prints of an object that holds it',
      () => inspect(made, { depth: 9, showHidden: true, getters: true }),
    ],
    ['util.inspect prints without custom functions', () => inspect(key, { customInspect: false, showHidden: true })],
    ['console.log would print', () => format('%s %o %O %j', key, key, key, key)],
    ['JSON.stringify returns', () => JSON.stringify({ key, made, list: [key] })],
    ['String returns', () => String(key)],
    ['a template returns', () => `${key}`],
    ['concatenation returns', () => ''.concat(String(key.valueOf()))],
    ['its own keys and values are', () => JSON.stringify([Object.entries(key), Reflect.ownKeys(key), { ...key }])],
    [
      'an error prints whose cause holds it',
      () => inspect(new EggtoothError('ERR_EGGTOOTH_FILE', `cannot write ${key}`, { cause: { key } }), { depth: 9 }),
    ],
    ['structuredClone copies', () => JSON.stringify(structuredClone({ key }))],
  ])('%s', (_, show) => {
    const [, first = '', second = ''] = key.revealPem().split('\n');
    const der = Buffer.from(first + second, 'base64');
    const shown = show();

    expect(shown).not.toContain(first);
    expect(shown).not.toContain(second);
    expect(shown).not.toContain('PRIVATE KEY');
    expect(shown.replace(/[\s,]/g, '')).not.toContain(der.subarray(40, 60).toString('hex'));
    expect(shown.replace(/[\s,]/g, '')).not.toContain([...der.subarray(40, 60)].join(''));
  });
});

describe('PrivateKey', () => {
  test('reveals the key as PKCS #8 in PEM', () => {
    expect(key.revealPem()).toMatch(/^-----BEGIN PRIVATE KEY-----\n([\w+/=]{1,64}\n)+-----END PRIVATE KEY-----\n$/);
    expect(key.revealPem()).toBe(key.toKeyObject().export({ format: 'pem', type: 'pkcs8' }));
  });

  test.each(['P-256', 'RSA', 'Ed25519'] as const)('reads a key of kind %s back from its PEM', async (algorithm) => {
    const { privateKey } = await createRequest({ user: 'reader', algorithm });

    const read = PrivateKey.fromPem(privateKey.revealPem());

    expect(read.algorithm).toBe(algorithm);
    expect(read.revealPem()).toBe(privateKey.revealPem());
  });

  test.each(['P-384', 'P-521', 'secp256k1'])('does not report a key on %s as one on P-256', (namedCurve) => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve });

    expect(
      PrivateKey.fromPem(privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()).algorithm,
    ).toBeUndefined();
  });

  test('has no algorithm for a kind of key that eggtooth does not create', () => {
    const { privateKey } = generateKeyPairSync('x25519');
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();

    expect(PrivateKey.fromPem(pem).algorithm).toBeUndefined();
  });

  test('cannot be used after clear', async () => {
    const { privateKey } = await createRequest({ user: 'reader' });
    privateKey.clear();

    expect(() => privateKey.toKeyObject()).toThrow();
    expect(privateKey.revealPem()).toMatch(/^-----BEGIN PRIVATE KEY-----\n[A=\n]+-----END/);
  });

  test('refuses a key that is not extractable', async () => {
    const { subtle } = webcrypto;
    const { privateKey } = await subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);

    await expect(PrivateKey.fromCryptoKey(privateKey, webcrypto as webcrypto.Crypto)).rejects.toThrow('extractable');
  });
});
