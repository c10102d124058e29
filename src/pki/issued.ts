import type { KeyAlgorithm } from './certificate-signing-request';
import type { CheckedCertificate } from './check-certificate';
import type { PrivateKey } from './private-key';

/** A certificate with its key: fresh from the signer, or as a Secret holds it. */
export interface IssuedCertificate {
  readonly certificate: CheckedCertificate;
  readonly algorithm: KeyAlgorithm;
  readonly privateKey: PrivateKey;
  /** The CertificateSigningRequest that it comes from. */
  readonly csr: { readonly name: string; readonly uid: string };
}
