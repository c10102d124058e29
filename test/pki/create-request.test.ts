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
  test.each(KINDS)('makes a %s request that openssl verifies and reads', async (algorithm, key, signature) => {
    const { request } = await createRequest({ user: 'reader', algorithm });

    expect(() => openssl(request, 'req', '-noout', '-verify')).not.toThrow();
    const text = openssl(request, 'req', '-noout', '-text');
    expect(text).toContain(key);
    expect(text).toContain(`Signature Algorithm: ${signature}`);
  });

  test.each(acceptedUsers)('gives the subject CN=%s and nothing else', async (user) => {
    const { request } = await createRequest({ user });

    const subject = openssl(request, 'req', '-noout', '-subject', '-nameopt', 'RFC2253,sep_multiline,-esc_2253');
    expect(subject.trim().split(/\s*\n\s*/)).toEqual(['subject=', `CN=${user}`]);
  });

  test('asks for no attribute and no extension', async () => {
    const { request } = await createRequest({ user: 'reader' });
    const { attributes, extensions, rawData } = new Pkcs10CertificateRequest(request);

    expect(attributes).toEqual([]);
    expect(extensions).toEqual([]);
    expect(openssl(request, 'req', '-noout', '-text')).toMatch(/Attributes:\s*(\(none\)|a0:00)/);
    expect(Buffer.from(rawData).includes(Buffer.from('a000', 'hex'))).toBe(true);
  });

  test('is one PEM block with one newline at its end', async () => {
    const { request } = await createRequest({ user: 'reader' });

    expect(request).toMatch(
      /^-----BEGIN CERTIFICATE REQUEST-----\n([\w+/=]{1,64}\n)+-----END CERTIFICATE REQUEST-----\n$/,
    );
  });

  test.each(KINDS)('is for the %s key that it returns', async (algorithm) => {
    const { request, privateKey } = await createRequest({ user: 'reader', algorithm });

    const published = openssl(request, 'req', '-noout', '-pubkey');
    const own = createPublicKey(createPrivateKey(privateKey.revealPem())).export({ format: 'pem', type: 'spki' });
    expect(published).toBe(own);
  });

  test('makes another key each time', async () => {
    const keys = await Promise.all([createRequest({ user: 'reader' }), createRequest({ user: 'reader' })]);

    expect(new Set(keys.map(({ privateKey }) => privateKey.revealPem())).size).toBe(2);
  });

  test.each(refusedUsers)('refuses the user $user before it makes a key', async ({ user, says }) => {
    const error = await createRequest({ user, crypto: refusing() }).then(
      () => undefined,
      (reason: unknown) => reason,
    );

    expect(error).toBeInstanceOf(EggtoothError);
    expect(error).toMatchObject({ code: 'ERR_EGGTOOTH_USER', message: expect.stringContaining(says) });
  });

  test.each(KINDS)('makes a %s request with an injected provider', async (algorithm) => {
    const { request } = await createRequest({ user: 'reader', algorithm, crypto: new Crypto() });

    expect(() => openssl(request, 'req', '-noout', '-verify')).not.toThrow();
  });

  test('refuses to hand out a request that does not read back as it was made', async () => {
    const [first, second] = await Promise.all([keyPair(), keyPair()]);
    const provider = Object.create(webcrypto, { subtle: { value: mixing(first, second) } });

    await expect(createRequest({ user: 'reader', crypto: provider })).rejects.toMatchObject({
      code: 'ERR_EGGTOOTH_USER',
      message: expect.stringContaining('does not read back as it was made'),
    });
  });
});

function keyPair(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
}

/** A provider whose pairs are of two keys: the signature is of one, the public key of the other. */
function mixing(first: webcrypto.CryptoKeyPair, second: webcrypto.CryptoKeyPair): webcrypto.SubtleCrypto {
  const { subtle } = webcrypto;
  return new Proxy(subtle, {
    get: (_, name: keyof webcrypto.SubtleCrypto) =>
      name === 'generateKey'
        ? async () => ({ privateKey: first.privateKey, publicKey: second.publicKey })
        : subtle[name].bind(subtle),
  });
}

/** A provider that must not be asked. */
function refusing(): webcrypto.Crypto {
  return new Proxy(webcrypto as webcrypto.Crypto, {
    get: () => {
      throw new Error('a key was made');
    },
  });
}
