import { createPrivateKey, type KeyObject, type webcrypto } from 'node:crypto';
import { inspect } from 'node:util';
import type { KeyAlgorithm } from './certificate-signing-request';

/**
 * Parameters of WebCrypto for each kind of key, with the hash that the request is signed with.
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

const ALGORITHMS: Readonly<Record<string, KeyAlgorithm>> = { ec: 'P-256', rsa: 'RSA', ed25519: 'Ed25519' };

/**
 * A private key on its way to a Secret or a file. It shows itself nowhere: not when logged, not in JSON, not in an
 * error. JavaScript cannot wipe every copy that its engine makes; {@link PrivateKey.clear} wipes the one held here.
 */
export class PrivateKey {
  readonly #pkcs8: Buffer;

  private constructor(pkcs8: Buffer) {
    this.#pkcs8 = pkcs8;
  }

  /**
   * Takes a key out of WebCrypto; the key must be extractable.
   * @internal
   */
  static async fromCryptoKey(key: webcrypto.CryptoKey, crypto: webcrypto.Crypto): Promise<PrivateKey> {
    return new PrivateKey(Buffer.from(await crypto.subtle.exportKey('pkcs8', key)));
  }

  /** Takes a key as a Secret holds it. */
  static fromPem(pem: string): PrivateKey {
    return new PrivateKey(createPrivateKey(pem).export({ format: 'der', type: 'pkcs8' }));
  }

  /** Kind of key; `undefined` for one that eggtooth does not make. */
  get algorithm(): KeyAlgorithm | undefined {
    return ALGORITHMS[this.toKeyObject().asymmetricKeyType ?? ''];
  }

  /** PKCS #8 in PEM. This is the key itself: write it where it belongs, and nowhere else. */
  revealPem(): string {
    const lines = this.#pkcs8.toString('base64').match(/.{1,64}/g) ?? [];
    return `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`;
  }

  /** For comparing with a certificate and for TLS. */
  toKeyObject(): KeyObject {
    return createPrivateKey({ key: this.#pkcs8, format: 'der', type: 'pkcs8' });
  }

  /** Wipes the key. */
  clear(): void {
    this.#pkcs8.fill(0);
  }

  toString(): string {
    return '[private key]';
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }
}
