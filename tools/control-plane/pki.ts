import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const day = 24 * 60 * 60 * 1000;

/** Whom a certificate identifies: Kubernetes reads CN as the user and each O as a group. */
export interface Identity {
  readonly user: string;
  readonly groups?: readonly string[];
}

/** A certificate and its private key, both PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

export interface Authority extends KeyPair {
  /** Signs a certificate for a client. */
  signClient(identity: Identity): Promise<KeyPair>;
  /** Signs a certificate for a server with these names and addresses. */
  signServer(name: string, dnsNames: readonly string[], addresses: readonly string[]): Promise<KeyPair>;
  /** Signs a certificate for a signer of artifacts. Notation requires a country, a state and an organization. */
  signCodeSigner(name: string): Promise<KeyPair>;
}

export async function createAuthority(name: string): Promise<Authority> {
  const keys = await generateKeys();
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    keys,
    signingAlgorithm: algorithm,
    name: [{ CN: [name] }],
    ...validity(),
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });

  async function sign(subject: x509.JsonName, usage: string, names?: x509.JsonGeneralNames): Promise<KeyPair> {
    const own = await generateKeys();
    const certificate = await x509.X509CertificateGenerator.create({
      publicKey: own.publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: algorithm,
      issuer: root.subjectName,
      subject,
      ...validity(),
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([usage]),
        await x509.AuthorityKeyIdentifierExtension.create(root),
        ...(names ? [new x509.SubjectAlternativeNameExtension(names)] : []),
      ],
    });
    return { certificate: certificate.toString('pem'), key: await privateKeyPem(own) };
  }

  return {
    certificate: root.toString('pem'),
    key: await privateKeyPem(keys),
    signClient: (identity) => sign(distinguishedName(identity), x509.ExtendedKeyUsage.clientAuth),
    signServer: (server, dnsNames, addresses) =>
      sign([{ CN: [server] }], x509.ExtendedKeyUsage.serverAuth, [
        ...dnsNames.map((value) => ({ type: 'dns' as const, value })),
        ...addresses.map((value) => ({ type: 'ip' as const, value })),
      ]),
    signCodeSigner: (signer) =>
      sign([{ C: ['DE'] }, { ST: ['Berlin'] }, { O: [signer] }, { CN: [signer] }], x509.ExtendedKeyUsage.codeSigning),
  };
}

/** Creates a key and a PKCS #10 request for a client certificate, both PEM. */
export async function createClientRequest(identity: Identity): Promise<{ request: string; key: string }> {
  const keys = await generateKeys();
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    keys,
    signingAlgorithm: algorithm,
    name: distinguishedName(identity),
  });
  return { request: request.toString('pem'), key: await privateKeyPem(keys) };
}

/** Creates a key pair that signs service account tokens, both keys PEM. */
export async function createTokenKeys(): Promise<{ publicKey: string; privateKey: string }> {
  const keys = await generateKeys();
  const spki = await webcrypto.subtle.exportKey('spki', keys.publicKey);
  return { publicKey: x509.PemConverter.encode(spki, 'PUBLIC KEY'), privateKey: await privateKeyPem(keys) };
}

function distinguishedName({ user, groups = [] }: Identity): x509.JsonName {
  return [...groups.map((group) => ({ O: [group] })), { CN: [user] }];
}

function validity() {
  return { notBefore: new Date(Date.now() - day), notAfter: new Date(Date.now() + 365 * day) };
}

function generateKeys() {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

async function privateKeyPem(keys: webcrypto.CryptoKeyPair): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
}
