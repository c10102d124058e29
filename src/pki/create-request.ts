import 'reflect-metadata';
import { createPublicKey, webcrypto } from 'node:crypto';
import { Pkcs10CertificateRequest, Pkcs10CertificateRequestGenerator } from '@peculiar/x509';
import { assertUser } from '../chain/user';
import { EggtoothError } from '../errors';
import type { KeyAlgorithm } from './certificate-signing-request';
import { KEY_PARAMETERS, PrivateKey } from './private-key';

/**
 * WebCrypto of the runtime, or of a package such as `@peculiar/webcrypto`. Of its type no more is asked: the types of Node
 * that `cdk8s init` installs know no WebCrypto.
 */
export interface CryptoProvider {
  readonly subtle: object;
  getRandomValues(array: Uint8Array): Uint8Array;
}

/** How a key and its request are made. */
export interface RequestOptions {
  /** User of the certificate: its commonName, and all of its subject. */
  readonly user: string;
  /**
   * Kind of key.
   * @default 'P-256'
   */
  readonly algorithm?: KeyAlgorithm;
  /**
   * WebCrypto to make and use the key with.
   * @default globalThis.crypto
   */
  readonly crypto?: CryptoProvider;
}

/** A fresh key and the request for its certificate. */
export interface KeyAndRequest {
  readonly user: string;
  readonly algorithm: KeyAlgorithm;
  readonly privateKey: PrivateKey;
  /** PKCS #10, one PEM block. */
  readonly request: string;
}

/**
 * Makes a key and the request for its certificate, offline. The subject is the user and nothing else; the request is
 * read back and compared before it is returned.
 *
 * @example
 * ```ts
 * const { request, privateKey } = await createRequest({ user: 'cozystack-assets-reader' });
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_USER`
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
 * Makes the request for a key that is there already.
 * @throws EggtoothError `ERR_EGGTOOTH_USER`, or `ERR_EGGTOOTH_OPTION` if eggtooth makes no requests for such a key
 */
export async function requestForKey(user: string, privateKey: PrivateKey): Promise<KeyAndRequest> {
  const { algorithm } = privateKey;
  assertUser(user);
  if (algorithm === undefined) throw new EggtoothError('ERR_EGGTOOTH_OPTION', 'the key is of another kind');
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
  const request = `${generated.toString('pem')}\n`;
  await compare(request, user, keys.publicKey, crypto);
  return request;
}

async function generateKeyPair(
  parameters: (typeof KEY_PARAMETERS)[KeyAlgorithm],
  crypto: webcrypto.Crypto,
): Promise<webcrypto.CryptoKeyPair> {
  const keys = await crypto.subtle.generateKey(parameters, true, ['sign', 'verify']);
  if ('privateKey' in keys) return keys;
  throw new EggtoothError('ERR_EGGTOOTH_OPTION', `the crypto provider makes no key pair for ${parameters.name}`);
}

async function compare(pem: string, user: string, key: webcrypto.CryptoKey, crypto: webcrypto.Crypto): Promise<void> {
  const read = new Pkcs10CertificateRequest(pem);
  const wanted = Buffer.from(await crypto.subtle.exportKey('spki', key));
  const same =
    JSON.stringify(read.subjectName.toJSON()) === JSON.stringify([{ CN: [user] }]) &&
    wanted.equals(Buffer.from(read.publicKey.rawData)) &&
    (await read.verify(crypto));
  if (same) return;
  throw new EggtoothError(
    'ERR_EGGTOOTH_USER',
    `the request for ${JSON.stringify(user)} does not read back as it was made`,
  );
}
