import { type KeyObject, X509Certificate } from 'node:crypto';
import { EggtoothError } from '../errors';
import { readPem } from '../kubernetes/pem';
import type { KeyAlgorithm } from './certificate-signing-request';
import type { PrivateKey } from './private-key';

/** What {@link checkCertificate} compares a certificate with. */
export interface CertificateExpectation {
  /** The commonName, and the whole subject. */
  readonly user: string;
  /** The key that the certificate must be for. */
  readonly privateKey: KeyObject;
  /**
   * Requested duration, in seconds. The signer may issue a shorter one.
   * @default - any
   */
  readonly duration?: number;
  /**
   * When it must be valid.
   * @default - now, by the clock of this machine
   */
  readonly now?: Date;
}

/** A certificate that passed {@link checkCertificate}. */
export interface CheckedCertificate {
  /** One PEM block. */
  readonly pem: string;
  /** SHA-256 of the DER, lower-case hex: the API server's credential-id. */
  readonly fingerprint: string;
  /** When it becomes valid. */
  readonly notBefore: Date;
  /** When it expires. */
  readonly notAfter: Date;
}

/** A certificate with its key. */
export interface IssuedCertificate {
  /** The certificate, checked for the user and the key. */
  readonly certificate: CheckedCertificate;
  /** Kind of the key. */
  readonly algorithm: KeyAlgorithm;
  /** The key that the certificate is for. */
  readonly privateKey: PrivateKey;
  /** The CertificateSigningRequest that it was issued for; absent if it was signed offline. */
  readonly csr?: { readonly name: string; readonly uid: string };
}

const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
/** The signer sets notBefore 5 minutes back, and adds them to a duration below 8 hours. */
export const BACKDATE_SECONDS = 300;
/** How far the clock of this machine may be behind the signer's. */
const SKEW_SECONDS = 600;

/**
 * Checks an issued certificate: one PEM block, for the key, `CN=USER` as its whole subject, for client authentication
 * only, not a CA, no alternative names, valid, and not for longer than requested.
 *
 * @param pem - status.certificate of the CertificateSigningRequest, decoded
 * @example
 * ```ts
 * const { fingerprint } = checkCertificate(pem, { user: 'reader', privateKey: privateKey.toKeyObject() });
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_CERTIFICATE` with every fault
 */
export function checkCertificate(pem: string, expectation: CertificateExpectation): CheckedCertificate {
  const { certificate, faults } = inspectCertificate(pem, expectation);
  if (certificate !== undefined) return certificate;
  throw new EggtoothError('ERR_EGGTOOTH_CERTIFICATE', `the certificate ${faults.join(', ')}; it must not be used`, {
    fix: 'find out who signs on this cluster; a wrong clock can be the cause too',
  });
}

/** A certificate, or the faults for which {@link checkCertificate} refuses it, each as in `expired 2030-01-01T...`. */
export function inspectCertificate(
  pem: string,
  expectation: CertificateExpectation,
): { readonly certificate?: CheckedCertificate; readonly faults: readonly string[] } {
  const [block, ...others] = readPem(pem);
  if (block?.label !== 'CERTIFICATE' || block.text === undefined || others.length > 0) {
    const count = block === undefined ? 0 : others.length + 1;
    const found = count === 1 ? 'another or an incomplete one' : count;
    return { faults: [`is invalid PEM: expected one block CERTIFICATE, found ${found}`] };
  }
  const certificate = parseCertificate(block.text);
  if (certificate === undefined) return { faults: ['cannot be parsed'] };
  const faults = faultsOf(certificate, expectation);
  if (faults.length > 0) return { faults };
  return { certificate: { pem: `${block.text}\n`, ...describeCertificate(certificate) }, faults };
}

/**
 * What everybody may know of a certificate.
 * @internal The types of Node that `cdk8s init` installs do not have X509Certificate.
 */
export function describeCertificate(certificate: X509Certificate): Omit<CheckedCertificate, 'pem'> {
  return {
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    notBefore: new Date(certificate.validFrom),
    notAfter: new Date(certificate.validTo),
  };
}

/**
 * A certificate of which nothing is checked; `undefined` if it cannot be parsed.
 * @internal
 */
export function parseCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

/** Whether a certificate is valid for longer than a duration, in seconds, with what the signer adds to it. */
export function isLongerThan(
  { notBefore, notAfter }: Pick<CheckedCertificate, 'notBefore' | 'notAfter'>,
  duration: number,
): boolean {
  return (notAfter.getTime() - notBefore.getTime()) / 1000 > duration + BACKDATE_SECONDS;
}

function faultsOf(certificate: X509Certificate, expectation: CertificateExpectation): readonly string[] {
  const { user, privateKey, duration } = expectation;
  const { notBefore, notAfter } = describeCertificate(certificate);
  const seconds = (notAfter.getTime() - notBefore.getTime()) / 1000;
  const now = (expectation.now ?? new Date()).getTime();
  return [
    !certificate.checkPrivateKey(privateKey) && 'is for another key',
    certificate.subject !== `CN=${user}` && `has the subject ${JSON.stringify(certificate.subject)}, not CN=${user}`,
    certificate.keyUsage?.join() !== CLIENT_AUTH && 'is not for client authentication only',
    certificate.ca && 'is a CA certificate',
    certificate.subjectAltName !== undefined && 'has alternative names',
    notBefore.getTime() > now + SKEW_SECONDS * 1000 && `is not valid before ${notBefore.toISOString()}`,
    notAfter.getTime() <= now && `expired ${notAfter.toISOString()}`,
    duration !== undefined &&
      isLongerThan({ notBefore, notAfter }, duration) &&
      `is valid for ${seconds} s, longer than the ${duration} s that were requested`,
  ].filter((fault) => fault !== false);
}
