import { createPrivateKey, createPublicKey, type KeyObject, type webcrypto } from 'node:crypto';
import { inspect } from 'node:util';
import { printPem } from '../kubernetes/pem';
import type { KeyAlgorithm } from './certificate-signing-request';
import { readPublicKey } from './public-key';

/**
 * WebCrypto parameters for each kind of key, with the hash that requests are signed with.
 * @internal
 */
export const KEY_PARAMETERS = {
  'P-256': { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  RSA: {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    modulusLength: 3072,
    publicExponent: new Uint8Array([1, 0, 1]),
  },
  Ed25519: { name: 'Ed25519' },
} as const;

/**
 * A private key on its way to a Secret or a file. It never shows itself: not in a log, in JSON or in an error. JavaScript
 * cannot wipe every copy that its engine makes; {@link PrivateKey.clear} wipes the one that this object holds.
 *
 * @example
 * ```ts
 * const { privateKey } = await createRequest({ user: 'flux-assets-reader' });
 * console.log(privateKey); // [private key]
 * privateKey.clear();
 * ```
 */
export class PrivateKey {
  readonly #pkcs8: Buffer;

  private constructor(pkcs8: Buffer) {
    this.#pkcs8 = pkcs8;
  }

  /**
   * Exports an extractable key from WebCrypto.
   * @internal
   */
  static async fromCryptoKey(key: webcrypto.CryptoKey, crypto: webcrypto.Crypto): Promise<PrivateKey> {
    return new PrivateKey(Buffer.from(await crypto.subtle.exportKey('pkcs8', key)));
  }

  /**
   * Reads a key in PEM.
   * @throws Error of `node:crypto` if the text holds no private key
   */
  static fromPem(pem: string): PrivateKey {
    return new PrivateKey(createPrivateKey(pem).export({ format: 'der', type: 'pkcs8' }));
  }

  /** Kind of the key; `undefined` for a kind that eggtooth does not create. */
  get algorithm(): KeyAlgorithm | undefined {
    return readPublicKey(createPublicKey(this.toKeyObject()).export({ format: 'der', type: 'spki' })).algorithm;
  }

  /** The key itself, PKCS #8 in PEM: write it only where it belongs. */
  revealPem(): string {
    return printPem('PRIVATE KEY', this.#pkcs8);
  }

  /** The key for `node:crypto`, for example to compare it with a certificate. */
  toKeyObject(): KeyObject {
    return createPrivateKey({ key: this.#pkcs8, format: 'der', type: 'pkcs8' });
  }

  /** Overwrites the key with zeros. It cannot be used afterwards. */
  clear(): void {
    this.#pkcs8.fill(0);
  }

  /** A placeholder; see {@link PrivateKey.revealPem}. */
  toString(): string {
    return '[private key]';
  }

  /** The same placeholder. */
  toJSON(): string {
    return this.toString();
  }

  /** The same placeholder, for `console.log`. */
  [inspect.custom](): string {
    return this.toString();
  }
}
