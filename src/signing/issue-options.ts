import type { KeyAlgorithm } from '../pki/certificate-signing-request';
import type { CryptoProvider } from '../pki/create-request';

/** How certificates are issued. */
export interface IssueOptions {
  /**
   * Kind of key.
   * @default 'P-256'
   */
  readonly algorithm?: KeyAlgorithm;
  /**
   * Wanted duration in seconds, at least 600.
   * @default - the signer's own
   */
  readonly expirationSeconds?: number;
  /**
   * How long to wait for the signer, and for one call with the new certificate, in milliseconds.
   * @default 30000
   */
  readonly timeout?: number;
  /**
   * WebCrypto to make and use the key with.
   * @default globalThis.crypto
   */
  readonly crypto?: CryptoProvider;
  /**
   * The clock that tells what is due. Whether a new certificate is valid is told by the API server's own.
   * @default - this machine's
   */
  readonly now?: () => Date;
  /** Is told what is being done. */
  readonly onProgress?: (step: string) => void;
}
