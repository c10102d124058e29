import 'reflect-metadata';
import { createPublicKey, webcrypto } from 'node:crypto';
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509';
import { assertUser } from '../chain/user';
import { EggtoothError } from '../errors';
import { printPem } from '../kubernetes/pem';
import type { KeyAlgorithm } from './certificate-signing-request';
import { isRequestFor } from './check-request';
import { KEY_PARAMETERS, PrivateKey } from './private-key';

/**
 * WebCrypto of the runtime, or of a package such as `@peculiar/webcrypto`. Typed loosely because the version of
 * `@types/node` that `cdk8s init` installs does not have WebCrypto.
 */
export interface CryptoProvider {
  /** `SubtleCrypto`. */
  readonly subtle: object;
  /** Fills an array with random values. */
  getRandomValues(array: Uint8Array): Uint8Array;
}

/** Options of {@link createRequest}. */
export interface RequestOptions {
  /** User of the certificate: its commonName, and its whole subject. */
  readonly user: string;
  /**
   * Kind of the key.
   * @default 'P-256'
   */
  readonly algorithm?: KeyAlgorithm;
  /**
   * WebCrypto to create and use the key with.
   * @default globalThis.crypto
   */
  readonly crypto?: CryptoProvider;
}

/** A key and the request for its certificate. */
export interface KeyAndRequest {
  /** User of the certificate. */
  readonly user: string;
  /** Kind of the key. */
  readonly algorithm: KeyAlgorithm;
  /** The key that the request is for. */
  readonly privateKey: PrivateKey;
  /** PKCS #10, one PEM block. */
  readonly request: string;
}

/**
 * Creates a key and the request for its certificate, offline. The subject is the user and nothing else. The request is
 * read back and compared before it is returned.
 *
 * @example
 * ```ts
 * const { request, privateKey } = await createRequest({ user: 'flux-assets-reader' });
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_USER` if the user cannot be the subject of a certificate, `ERR_EGGTOOTH_OPTION` if the
 * crypto provider creates no key pair
 */
export async function createRequest(options: RequestOptions): Promise<KeyAndRequest> {
  const { user, algorithm = 'P-256' } = options;
  const crypto = (options.crypto ?? webcrypto) as webcrypto.Crypto;
  assertUser(user);
  const keys = await generateKeyPair(KEY_PARAMETERS[algorithm], crypto);
  const request = await signRequest(user, algorithm, keys, crypto);
  return { user, algorithm, privateKey: await PrivateKey.fromCryptoKey(keys.privateKey, crypto), request };
}

/**
 * Creates the request for an existing key.
 * @throws EggtoothError `ERR_EGGTOOTH_USER`, or `ERR_EGGTOOTH_OPTION` if eggtooth creates no keys of that kind
 */
export async function requestForKey(user: string, privateKey: PrivateKey): Promise<KeyAndRequest> {
  const { algorithm } = privateKey;
  assertUser(user);
  if (algorithm === undefined)
    throw new EggtoothError('ERR_EGGTOOTH_OPTION', 'unsupported kind of key', {
      fix: 'use a key on P-256, RSA or Ed25519',
    });
  const [parameters, key] = [KEY_PARAMETERS[algorithm], privateKey.toKeyObject()];
  const [pkcs8, spki] = [
    key.export({ format: 'der', type: 'pkcs8' }),
    createPublicKey(key).export({ format: 'der', type: 'spki' }),
  ];
  const keys = {
    privateKey: await webcrypto.subtle.importKey('pkcs8', pkcs8, parameters, true, ['sign']),
    publicKey: await webcrypto.subtle.importKey('spki', spki, parameters, true, ['verify']),
  };
  pkcs8.fill(0);
  return { user, algorithm, privateKey, request: await signRequest(user, algorithm, keys, webcrypto) };
}

async function signRequest(
  user: string,
  algorithm: KeyAlgorithm,
  keys: webcrypto.CryptoKeyPair,
  crypto: webcrypto.Crypto,
): Promise<string> {
  const generated = await Pkcs10CertificateRequestGenerator.create(
    { name: [{ CN: [user] }], keys, signingAlgorithm: KEY_PARAMETERS[algorithm] },
    crypto,
  );
  const request = printPem('CERTIFICATE REQUEST', Buffer.from(generated.rawData));
  const spki = Buffer.from(await crypto.subtle.exportKey('spki', keys.publicKey));
  if (isRequestFor(request, user, spki)) return request;
  throw new EggtoothError(
    'ERR_EGGTOOTH_USER',
    `the request for ${JSON.stringify(user)} does not read back as it was created`,
    { fix: 'check the crypto provider' },
  );
}

async function generateKeyPair(
  parameters: (typeof KEY_PARAMETERS)[KeyAlgorithm],
  crypto: webcrypto.Crypto,
): Promise<webcrypto.CryptoKeyPair> {
  const keys = await crypto.subtle.generateKey(parameters, true, ['sign', 'verify']);
  if ('privateKey' in keys) return keys;
  throw new EggtoothError('ERR_EGGTOOTH_OPTION', `the crypto provider creates no key pair for ${parameters.name}`, {
    fix: 'give another provider, or leave out crypto',
  });
}
