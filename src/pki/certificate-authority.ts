import 'reflect-metadata';
import type { X509Certificate as ParsedCertificate } from 'node:crypto';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  X509Certificate,
} from '@peculiar/x509';
import { EggtoothError, quote } from '../errors';
import { mergeCaBundles } from '../kubernetes/pem';
import { type CaKey, readCaCertificates, readCaKey } from './ca-pem';

/** A CA that signs client certificates: a certificate with its key. */
export interface CertificateAuthority extends CaKey {
  readonly certificate: X509Certificate;
  /** All certificates that were given, PEM: what clients of the CA trust. */
  readonly bundle: string;
}

/** `anyExtendedKeyUsage` (RFC 5280). */
const ANY_USAGE = '2.5.29.37.0';

/** The extensions that decide what a CA may sign, and that are looked at here. Go refuses others that are critical. */
const KNOWN: readonly string[] = ['2.5.29.15', '2.5.29.19', '2.5.29.37'];

const NAMES: Readonly<Record<string, string>> = { '2.5.29.30': 'nameConstraints', '2.5.29.36': 'policyConstraints' };

/**
 * Reads a CA, and checks that an API server accepts the client certificates that it signs.
 *
 * @param caCertificate - PEM; of several certificates the one that the key fits is the CA
 * @param caKey - PEM
 * @param now - when it must be valid
 * @throws EggtoothError `ERR_EGGTOOTH_CA`
 */
export function readCertificateAuthority(caCertificate: string, caKey: string, now: Date): CertificateAuthority {
  const certificates = readCaCertificates(caCertificate);
  const key = readCaKey(caKey);
  const fitting = certificates.filter((certificate) => certificate.checkPrivateKey(key.key)).map(inspect);
  if (fitting.length === 0) throw otherKey(certificates);
  // A CA that was renewed with the same key has several: an expired one beside the current one, for example.
  const judged = fitting.map((certificate) => ({ certificate, faults: faultsOf(certificate, now) }));
  const sound = judged.find(({ faults }) => faults.length === 0);
  if (sound !== undefined) return { ...key, certificate: sound.certificate, bundle: mergeCaBundles([caCertificate]) };
  const [worst] = judged;
  const subject = quote(worst?.certificate.subject ?? '');
  throw new EggtoothError('ERR_EGGTOOTH_CA', `the CA certificate ${subject} ${worst?.faults.join(', ')}`, {
    fix: 'name the CA whose client certificates the API server accepts (--client-ca-file of kube-apiserver), and that is valid',
  });
}

function inspect(certificate: ParsedCertificate): X509Certificate {
  try {
    return new X509Certificate(certificate.raw);
  } catch {
    throw new EggtoothError('ERR_EGGTOOTH_CA', 'the CA certificate cannot be read', {
      fix: 'check it: openssl x509 -in FILE -noout -text',
    });
  }
}

/** What Go checks of the certificate that signed another one, and keeps it from being one of a client. */
function faultsOf(certificate: X509Certificate, now: Date): readonly string[] {
  const { notBefore, notAfter } = certificate;
  const keyUsage = certificate.getExtension(KeyUsagesExtension);
  const usages = certificate.getExtension(ExtendedKeyUsageExtension)?.usages.map(String);
  const critical = certificate.extensions.filter((one) => one.critical && !KNOWN.includes(one.type));
  return [
    certificate.getExtension(BasicConstraintsExtension)?.ca !== true && 'is not one of a CA (basicConstraints)',
    keyUsage && (keyUsage.usages & KeyUsageFlags.keyCertSign) === 0 && 'may not sign certificates (keyUsage)',
    usages &&
      !usages.includes(ExtendedKeyUsage.clientAuth) &&
      !usages.includes(ANY_USAGE) &&
      'may not sign certificates of clients (extKeyUsage)',
    critical.length > 0 &&
      `has critical extensions that restrict what it may sign: ${critical.map(({ type }) => NAMES[type] ?? type).join(', ')}`,
    notBefore > now && `is not valid before ${notBefore.toISOString()}`,
    notAfter <= now && `expired ${notAfter.toISOString()}`,
  ].filter((fault) => typeof fault === 'string');
}

function otherKey(certificates: readonly ParsedCertificate[]): EggtoothError {
  const subjects = certificates.map(({ subject }) => quote(subject.replaceAll('\n', ', '))).join('; ');
  const problem = `the CA key is not the one of the CA certificate: ${subjects}`;
  return new EggtoothError('ERR_EGGTOOTH_CA', problem, {
    fix: 'give the certificate and the key of the same CA: in a cluster, several CAs have files of the same name',
  });
}
