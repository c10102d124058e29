import { type KeyObject, X509Certificate } from 'node:crypto';
import { EggtoothError } from '../errors';

/** What a certificate must be before it is written anywhere. */
export interface Expectation {
  readonly user: string;
  readonly privateKey: KeyObject;
  /** Wanted duration, in seconds; a shorter one is taken. */
  readonly expirationSeconds?: number;
  /**
   * When it must be valid.
   * @default - now, by the clock of this machine
   */
  readonly now?: Date;
}

/** A certificate that passed {@link check}. */
export interface CheckedCertificate {
  /** One PEM block. */
  readonly pem: string;
  /** SHA-256 of the DER, lower-case hex: the API server calls it credential-id. */
  readonly fingerprint: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
/** The signer dates certificates back by five minutes, and adds them to a short duration. */
export const BACKDATE_SECONDS = 300;
/** How far a clock may be behind the signer's. */
const SKEW_SECONDS = 600;

/**
 * Checks an issued certificate: one block, our key, exactly the subject, for client authentication only, not a CA, no
 * other names, valid now, and not for longer than was asked for.
 * @throws EggtoothError `ERR_EGGTOOTH_CERTIFICATE` naming everything that is wrong
 */
export function check(pem: string, expectation: Expectation): CheckedCertificate {
  const { user, privateKey, expirationSeconds } = expectation;
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const [block = ''] = blocks;
  const all = (pem.match(/-----BEGIN /g) ?? []).length;
  if (blocks.length !== 1 || all !== 1) throw refused([`comes as ${all} PEM blocks in place of one`]);
  const certificate = parse(block);
  const [notBefore, notAfter] = [new Date(certificate.validFrom), new Date(certificate.validTo)];
  const duration = (notAfter.getTime() - notBefore.getTime()) / 1000;
  const now = (expectation.now ?? new Date()).getTime();
  const faults = [
    !certificate.checkPrivateKey(privateKey) && 'is not for the key that was made',
    certificate.subject !== `CN=${user}` && `has the subject ${JSON.stringify(certificate.subject)}, not CN=${user}`,
    certificate.keyUsage?.join() !== CLIENT_AUTH && 'is not for client authentication alone',
    certificate.ca && 'is one of a CA',
    certificate.subjectAltName !== undefined && 'carries alternative names',
    notBefore.getTime() > now + SKEW_SECONDS * 1000 && `is not valid before ${notBefore.toISOString()}`,
    notAfter.getTime() <= now && `expired ${notAfter.toISOString()}`,
    expirationSeconds !== undefined &&
      duration > expirationSeconds + BACKDATE_SECONDS &&
      `lives ${duration} s, longer than the ${expirationSeconds} s that were asked for`,
  ].filter((fault) => fault !== false);
  if (faults.length > 0) throw refused(faults);
  const fingerprint = certificate.fingerprint256.replaceAll(':', '').toLowerCase();
  return { pem: `${block}\n`, fingerprint, notBefore, notAfter };
}

function parse(block: string): X509Certificate {
  try {
    return new X509Certificate(block);
  } catch (cause) {
    throw refused(['cannot be read'], cause);
  }
}

function refused(faults: readonly string[], cause?: unknown): EggtoothError {
  return new EggtoothError('ERR_EGGTOOTH_CERTIFICATE', `the certificate ${faults.join(', ')}; it was not written`, {
    fix: 'find out who signs on this cluster; a clock that is wrong shows here too',
    cause,
  });
}
