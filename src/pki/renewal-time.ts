import { createHash } from 'node:crypto';
import type { CheckedCertificate } from './check-certificate';

/** Shares of a certificate's duration between which it is renewed. */
const [FIRST, LAST] = [0.7, 0.9];

/**
 * When the certificate in a Secret is due for renewal: after 70 to 90 % of its duration, for each Secret at a point of its own
 * that its uid fixes. So a fleet does not come at once, and a Secret has the same point with every certificate.
 *
 * @param uid - metadata.uid of the Secret
 */
export function renewalTime(
  { notBefore, notAfter }: Pick<CheckedCertificate, 'notBefore' | 'notAfter'>,
  uid: string,
): Date {
  const point = createHash('sha256').update(uid).digest().readUInt32BE() / 0xffffffff;
  const share = FIRST + (LAST - FIRST) * point;
  return new Date(notBefore.getTime() + share * (notAfter.getTime() - notBefore.getTime()));
}
