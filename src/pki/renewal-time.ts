import { createHash } from 'node:crypto';
import type { CheckedCertificate } from './check-certificate';

/** Shares of a certificate's duration between which it becomes due. */
const [FIRST, LAST] = [0.7, 0.9];

/**
 * How long a certificate is still valid at least when it becomes due for renewal.
 * @param duration - of the certificate; the result has the same unit
 */
export function leastTimeToRenew(duration: number): number {
  return Math.round(duration * (1 - LAST));
}

/**
 * When the certificate in a Secret is due for renewal: after 70 to 90 % of its duration. The exact share is derived from
 * the uid of the Secret. So the certificates of a fleet do not become due at once, and a Secret keeps its share from one
 * certificate to the next.
 *
 * @param uid - metadata.uid of the Secret
 * @example
 * ```ts
 * const due = renewalTime({ notBefore, notAfter }, secret.metadata.uid) <= new Date();
 * ```
 */
export function renewalTime(
  { notBefore, notAfter }: Pick<CheckedCertificate, 'notBefore' | 'notAfter'>,
  uid: string,
): Date {
  const point = createHash('sha256').update(uid).digest().readUInt32BE() / 0xffffffff;
  const share = FIRST + (LAST - FIRST) * point;
  return new Date(notBefore.getTime() + share * (notAfter.getTime() - notBefore.getTime()));
}
