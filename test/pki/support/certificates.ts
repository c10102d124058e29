import 'reflect-metadata';
import { KeyObject, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** A fresh P-256 key pair. */
export function keyPair(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

/** A key as Node and the library take it. */
export const keyObject = ({ privateKey }: webcrypto.CryptoKeyPair): KeyObject => KeyObject.from(privateKey);

/** What may be bent of a certificate; left out, it is what the signer gives for `reader`. */
export interface CertificateProps {
  readonly keys: webcrypto.CryptoKeyPair;
  readonly subject?: x509.JsonName | string;
  /** Seconds from now. */
  readonly notBefore?: number;
  /** Seconds from now. */
  readonly notAfter?: number;
  readonly usages?: readonly string[];
  readonly ca?: boolean;
  readonly extensions?: readonly x509.Extension[];
}

/** A certificate as the signer of client certificates makes it, PEM. */
export async function certificate(props: CertificateProps): Promise<string> {
  const {
    keys,
    subject = [{ CN: ['reader'] }],
    notBefore = -300,
    notAfter = 3600,
    ca = false,
    extensions = [],
  } = props;
  const issuer = await keyPair();
  const { clientAuth } = x509.ExtendedKeyUsage;
  const { usages = [clientAuth] } = props;
  const made = await x509.X509CertificateGenerator.create({
    publicKey: keys.publicKey,
    signingKey: issuer.privateKey,
    signingAlgorithm: algorithm,
    issuer: [{ CN: ['kubernetes'] }],
    subject,
    notBefore: new Date(Date.now() + notBefore * 1000),
    notAfter: new Date(Date.now() + notAfter * 1000),
    extensions: [
      new x509.BasicConstraintsExtension(ca, undefined, true),
      ...(usages.length === 0 ? [] : [new x509.ExtendedKeyUsageExtension([...usages])]),
      ...extensions,
    ],
  });
  return `${made.toString('pem')}\n`;
}

/** A CA certificate, PEM. */
export async function authority(name: string): Promise<string> {
  return certificate({ keys: await keyPair(), subject: [{ CN: [name] }], ca: true, usages: [] });
}
