import 'reflect-metadata';
import { type KeyObject, webcrypto, X509Certificate } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PublicKey,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { EggtoothError } from '../errors';
import { printPem } from '../kubernetes/pem';
import type { CertificateAuthority } from './certificate-authority';
import type { KeyAlgorithm } from './certificate-signing-request';
import { elementsOf, membersOf, TAG } from './der';

/** What {@link signCertificate} signs. */
export interface CertificateContent {
  /** The whole subject: its commonName. */
  readonly user: string;
  readonly publicKey: KeyObject;
  /** Kind of the key: only RSA keys are for key encipherment. */
  readonly algorithm: KeyAlgorithm;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/**
 * Signs a client certificate with the content that Kubernetes' signer gives one: `CN=USER`, the usages of its kind of key,
 * client authentication only, not a CA. The serial number has 128 random bits.
 *
 * @returns one PEM block
 * @throws EggtoothError `ERR_EGGTOOTH_CA` if the certificate does not read back as one of the CA
 */
export async function signCertificate(authority: CertificateAuthority, content: CertificateContent): Promise<string> {
  const { user, notBefore, notAfter } = content;
  const publicKey = new PublicKey(content.publicKey.export({ format: 'der', type: 'spki' }));
  const generated = await X509CertificateGenerator.create(
    {
      issuer: authority.certificate.subjectName,
      subject: [{ CN: [user] }],
      notBefore,
      notAfter,
      publicKey,
      signingKey: await importSigningKey(authority),
      signingAlgorithm: authority.signature,
      extensions: await extensionsOf(authority, content.algorithm, publicKey),
    },
    webcrypto,
  );
  const der = Buffer.from(generated.rawData);
  assertSignedBy(new X509Certificate(der), new X509Certificate(Buffer.from(authority.certificate.rawData)));
  return printPem('CERTIFICATE', der);
}

async function extensionsOf(
  { certificate }: CertificateAuthority,
  algorithm: KeyAlgorithm,
  publicKey: PublicKey,
): Promise<Extension[]> {
  const encipherment = algorithm === 'RSA' ? KeyUsageFlags.keyEncipherment : 0;
  // The CA may have derived its identifier in another way than from its key.
  const issuer = certificate.getExtension(SubjectKeyIdentifierExtension)?.keyId;
  return [
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature | encipherment, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]),
    new BasicConstraintsExtension(false, undefined, true),
    await SubjectKeyIdentifierExtension.create(publicKey, false, webcrypto),
    ...(issuer === undefined ? [] : [new AuthorityKeyIdentifierExtension(issuer)]),
  ];
}

async function importSigningKey({ key, signature }: CertificateAuthority): Promise<webcrypto.CryptoKey> {
  const pkcs8 = key.export({ format: 'der', type: 'pkcs8' });
  try {
    return await webcrypto.subtle.importKey('pkcs8', pkcs8, signature, false, ['sign']);
  } finally {
    pkcs8.fill(0);
  }
}

/** Go finds the CA of a certificate by the bytes of its name, and then by its key. */
function assertSignedBy(certificate: X509Certificate, ca: X509Certificate): void {
  const sameName = namesOf(certificate.raw).issuer.equals(namesOf(ca.raw).subject);
  if (sameName && certificate.checkIssued(ca) && certificate.verify(ca.publicKey)) return;
  throw new EggtoothError('ERR_EGGTOOTH_CA', 'the certificate does not read back as one that the CA has signed', {
    fix: sameName
      ? 'check the CA certificate: openssl x509 -in FILE -noout -text'
      : 'sign with a CA whose subject has strings of the types PrintableString or UTF8String',
  });
}

function namesOf(der: Buffer): { readonly issuer: Buffer; readonly subject: Buffer } {
  const [content] = membersOf(elementsOf(der)[0], TAG.sequence, 3);
  const [, , , issuer, , subject] = membersOf(content, TAG.sequence);
  return { issuer: issuer?.raw ?? Buffer.of(), subject: subject?.raw ?? Buffer.of() };
}
