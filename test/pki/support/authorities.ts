import 'reflect-metadata';
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/** Kinds of keys that a CA may have, with the WebCrypto parameters of their signatures. */
export const caKinds = {
  RSA: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  'P-256': { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  'P-384': { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' },
  'P-521': { name: 'ECDSA', namedCurve: 'P-521', hash: 'SHA-512' },
  Ed25519: { name: 'Ed25519' },
} as const;

/** A kind of key of a CA. */
export type CaKind = keyof typeof caKinds;

/** What may be bent of a CA; left out, it is one as kubeadm makes it, with a key on P-256. */
export interface AuthorityProps {
  readonly kind?: CaKind;
  readonly key?: KeyObject;
  readonly subject?: x509.JsonName;
  /** Hash of the CA's own signature. */
  readonly hash?: string;
  /** Seconds from now. */
  readonly notBefore?: number;
  /** Seconds from now. */
  readonly notAfter?: number;
  /** In place of those of kubeadm. */
  readonly extensions?: readonly x509.Extension[];
}

/** A self-signed certificate and its key, both PEM. */
export interface TestAuthority {
  readonly certificate: string;
  /** PKCS #8. */
  readonly key: string;
}

export const isCa = new x509.BasicConstraintsExtension(true, undefined, true);
export const signs = new x509.KeyUsagesExtension(
  x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment | x509.KeyUsageFlags.keyCertSign,
  true,
);

/** A new key of a kind. */
export function caKey(kind: CaKind): KeyObject {
  if (kind === 'RSA') return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  if (kind === 'Ed25519') return generateKeyPairSync('ed25519').privateKey;
  return generateKeyPairSync('ec', { namedCurve: kind }).privateKey;
}

/** Makes a CA. */
export async function makeAuthority(props: AuthorityProps = {}): Promise<TestAuthority> {
  const { kind = 'P-256', key = caKey(kind), subject = [{ CN: ['kubernetes'] }], notBefore = -60 } = props;
  const pem = key.export({ format: 'pem', type: 'pkcs8' }).toString();
  const signing = { ...caKinds[kind], ...(props.hash && { hash: props.hash }) };
  const pkcs8 = key.export({ format: 'der', type: 'pkcs8' });
  const privateKey = await webcrypto.subtle.importKey('pkcs8', pkcs8, signing, true, ['sign']);
  const publicKey = new x509.PublicKey(publicKeyOf(pem));
  const { extensions = [isCa, signs, await x509.SubjectKeyIdentifierExtension.create(publicKey)] } = props;
  const made = await x509.X509CertificateGenerator.create({
    publicKey,
    signingKey: privateKey,
    signingAlgorithm: signing,
    issuer: subject,
    subject,
    notBefore: new Date(Date.now() + notBefore * 1000),
    notAfter: new Date(Date.now() + (props.notAfter ?? 365 * 86_400) * 1000),
    extensions: [...extensions],
  });
  return { certificate: `${made.toString('pem')}\n`, key: pem };
}

/** A key in another form. */
export function keyAs(pem: string, type: 'pkcs1' | 'sec1' | 'pkcs8', passphrase?: string): string {
  const encryption = passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase };
  const options = { format: 'pem', type, ...encryption } as const;
  return createPrivateKey(pem).export(options).toString();
}

function publicKeyOf(pem: string): ArrayBuffer {
  const spki = createPublicKey(pem).export({ format: 'der', type: 'spki' });
  return new Uint8Array(spki).buffer;
}
