import type { Credential } from '../chain/credentials';
import type { SecretReference } from '../chain/links';
import type { KeyAlgorithm } from '../pki/certificate-signing-request';
import type { IssuedCertificate } from '../pki/check-certificate';
import type { WrittenCertificate } from './secret/ensure-secrets';
import type { Check } from './verify/check';

/** What {@link issue} did for one user: the contract of `eggtooth issue -o json`. */
export interface IssueResult {
  /** User of the certificate. */
  readonly user: string;
  /** Kind of the key. */
  readonly algorithm: KeyAlgorithm;
  /** The CertificateSigningRequest that the certificate was issued for; absent if it was signed offline. */
  readonly csr?: { readonly name: string; readonly uid: string };
  /** SHA-256 of the certificate, hex. */
  readonly fingerprint: string;
  /** RFC 3339. */
  readonly notBefore: string;
  /** RFC 3339. */
  readonly notAfter: string;
  /** The Secrets that hold the certificate. */
  readonly secrets: readonly SecretReference[];
  /** What was verified with the certificate, before it was written. */
  readonly checks: readonly Check[];
  /** What may keep Flux from reading all the same, such as another reader at the same endpoint. */
  readonly warnings: readonly string[];
  /** Whether nothing was due, and so nothing was written or removed. */
  readonly unchanged: boolean;
}

/** The part of a result that describes the certificate. */
export function describeIssued(
  { user, secrets }: Credential,
  { algorithm, csr, certificate }: IssuedCertificate,
): Omit<IssueResult, 'checks' | 'warnings' | 'unchanged'> {
  return {
    user,
    algorithm,
    ...(csr !== undefined && { csr }),
    fingerprint: certificate.fingerprint,
    notBefore: certificate.notBefore.toISOString(),
    notAfter: certificate.notAfter.toISOString(),
    secrets: secrets.map(({ namespace, name }) => ({ namespace, name })),
  };
}

/** Ends the run that wrote a certificate. */
export async function endIssue(credential: Credential, written: WrittenCertificate): Promise<IssueResult> {
  try {
    await written.deleteReplacedRequests();
    const { issued, checks, warnings } = written;
    return { ...describeIssued(credential, issued), checks, warnings, unchanged: !written.written };
  } finally {
    written.close();
  }
}
