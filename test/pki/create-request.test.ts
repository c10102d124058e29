import 'reflect-metadata';
import { execFileSync } from 'node:child_process';
import { createPrivateKey, createPublicKey, webcrypto } from 'node:crypto';
import { Crypto } from '@peculiar/webcrypto';
import { Pkcs10CertificateRequest } from '@peculiar/x509';
import { describe, expect, test } from 'vitest';
import { EggtoothError } from '../../src/errors';
import { createRequest } from '../../src/pki/create-request';
import { acceptedUsers, refusedUsers } from '../support/users';

const openssl = (input: string, ...args: string[]) =>
  execFileSync('openssl', args, { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] });

const KINDS = [
  ['P-256', 'NIST CURVE: P-256', 'ecdsa-with-SHA256'],
  ['RSA', 'Public-Key: (3072 bit)', 'sha256WithRSAEncryption'],
  ['Ed25519', 'ED25519 Public-Key', 'ED25519'],
] as const;

describe('createRequest', () => {
  test.each(KINDS)(
    'creates a request with a key of kind %s that OpenSSL verifies and reads',
    async (algorithm, key, signature) => {
      const { request } = await createRequest({ user: 'reader', algorithm });

      expect(() => openssl(request, 'req', '-noout', '-verify')).not.toThrow();
      const text = openssl(request, 'req', '-noout', '-text');
      expect(text).toContain(key);
      expect(text).toContain(`Signature Algorithm: ${signature}`);
    },
  );

  test.each(acceptedUsers)('sets the subject CN=%s and nothing else', async (user) => {
    const { request } = await createRequest({ user });

    const subject = openssl(request, 'req', '-noout', '-subject', '-nameopt', 'RFC2253,sep_multiline,-esc_2253');
    expect(subject.trim().split(/\s*\n\s*/)).toEqual(['subject=', `CN=${user}`]);
  });

  test('requests no attributes and no extensions', async () => {
    const { request } = await createRequest({ user: 'reader' });
    const { attributes, extensions, rawData } = new Pkcs10CertificateRequest(request);

    expect(attributes).toEqual([]);
    expect(extensions).toEqual([]);
    expect(openssl(request, 'req', '-noout', '-text')).toMatch(/Attributes:\s*(\(none\)|a0:00)/);
    expect(Buffer.from(rawData).includes(Buffer.from('a000', 'hex'))).toBe(true);
  });

  test('returns one PEM block that ends with one newline', async () => {
    const { request } = await createRequest({ user: 'reader' });

    expect(request).toMatch(
      /^-----BEGIN CERTIFICATE REQUEST-----\n([\w+/=]{1,64}\n)+-----END CERTIFICATE REQUEST-----\n$/,
    );
  });

  test.each(KINDS)('creates the request for the key of kind %s that it returns', async (algorithm) => {
    const { request, privateKey } = await createRequest({ user: 'reader', algorithm });

    const published = openssl(request, 'req', '-noout', '-pubkey');
    const own = createPublicKey(createPrivateKey(privateKey.revealPem())).export({ format: 'pem', type: 'spki' });
    expect(published).toBe(own);
  });

  test('creates another key each time', async () => {
    const keys = await Promise.all([createRequest({ user: 'reader' }), createRequest({ user: 'reader' })]);

    expect(new Set(keys.map(({ privateKey }) => privateKey.revealPem())).size).toBe(2);
  });

  test.each(refusedUsers)('refuses the user $user before it creates a key', async ({ user, says }) => {
    const error = await createRequest({ user, crypto: refusing() }).then(
      () => undefined,
      (reason: unknown) => reason,
    );

    expect(error).toBeInstanceOf(EggtoothError);
    expect(error).toMatchObject({ code: 'ERR_EGGTOOTH_USER', message: expect.stringContaining(says) });
  });

  test.each(KINDS)('creates a request with a key of kind %s with another crypto provider', async (algorithm) => {
    const { request } = await createRequest({ user: 'reader', algorithm, crypto: new Crypto() });

    expect(() => openssl(request, 'req', '-noout', '-verify')).not.toThrow();
  });

  test('refuses a request that does not read back as it was created', async () => {
    const [first, second] = await Promise.all([keyPair(), keyPair()]);
    const provider = Object.create(webcrypto, { subtle: { value: mixing(first, second) } });

    await expect(createRequest({ user: 'reader', crypto: provider })).rejects.toMatchObject({
      code: 'ERR_EGGTOOTH_USER',
      message: expect.stringContaining('does not read back as it was created'),
    });
  });
});

function keyPair(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
}

/** A crypto provider that mixes two keys: it signs with one and returns the public key of the other. */
function mixing(first: webcrypto.CryptoKeyPair, second: webcrypto.CryptoKeyPair): webcrypto.SubtleCrypto {
  const { subtle } = webcrypto;
  return new Proxy(subtle, {
    get: (_, name: keyof webcrypto.SubtleCrypto) =>
      name === 'generateKey'
        ? async () => ({ privateKey: first.privateKey, publicKey: second.publicKey })
        : subtle[name].bind(subtle),
  });
}

/** A crypto provider that must not be used. */
function refusing(): webcrypto.Crypto {
  return new Proxy(webcrypto as webcrypto.Crypto, {
    get: () => {
      throw new Error('a key was created');
    },
  });
}
