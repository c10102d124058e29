import type { KeyAlgorithm } from '../pki/certificate-signing-request';
import type { CryptoProvider } from '../pki/create-request';
import type { AdoptOptions } from './secret/assert-ours';
import type { VerificationOptions } from './verify/verify-before-write';

/** Options of {@link issue}. */
export interface IssueOptions extends AdoptOptions, VerificationOptions {
  /**
   * Kind of the key.
   * @default 'P-256'
   */
  readonly algorithm?: KeyAlgorithm;
  /**
   * Requested duration of the certificate, in seconds, at least 600, and at most the bundle's (spec.expirationSeconds).
   * @default - the bundle's; if it states none, the signer's own (--cluster-signing-duration)
   */
  readonly duration?: number;
  /**
   * How long to wait for the signer, and for one call with the new certificate, in milliseconds.
   * @default 30000
   */
  readonly timeout?: number;
  /**
   * WebCrypto to create and use the key with.
   * @default globalThis.crypto
   */
  readonly crypto?: CryptoProvider;
  /**
   * The clock that decides what is due. A new certificate is checked by the clock of the API server.
   * @default - the clock of the API server
   */
  readonly now?: () => Date;
  /**
   * Called with each warning before anything is written. The result has them too.
   * @default - not reported
   */
  readonly onWarning?: (warning: string) => void;
  /** Called with each step before it begins. */
  readonly onProgress?: (step: string) => void;
}
