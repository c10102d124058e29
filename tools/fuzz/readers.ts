import 'reflect-metadata';
import { createPrivateKey, type KeyObject, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { EggtoothError } from '../../src/errors';
import { printPem, readOnePem, readPem } from '../../src/kubernetes/pem';
import { SIGNER_NAME, usagesOf } from '../../src/pki/certificate-signing-request';
import { inspectCertificate, parseCertificate } from '../../src/pki/check-certificate';
import { checkRequest } from '../../src/pki/check-request';
import { createRequest } from '../../src/pki/create-request';
import { elementsOf } from '../../src/pki/der';
import { describeAlgorithm, describeAttributes, describeSubject, readPkcs10 } from '../../src/pki/pkcs10';
import { PrivateKey } from '../../src/pki/private-key';

/** Something that reads bytes which anybody may have written. */
export interface Reader {
  readonly name: string;
  /** Valid inputs, which are changed. */
  readonly seeds: readonly Buffer[];
  /**
   * Reads an input.
   * @returns whether it accepts it
   * @throws anything but its own refusal, which is a fault
   */
  read(input: Buffer): boolean;
}

const USER = 'reader';

/** The readers of DER, PKCS #10, certificates, keys and PEM, with fresh keys and certificates. */
export async function readers(): Promise<readonly Reader[]> {
  const made = await Promise.all(
    (['P-256', 'RSA', 'Ed25519'] as const).map((algorithm) => createRequest({ user: USER, algorithm })),
  );
  const requests = made.map(({ request }) => Buffer.from(request));
  const keys = made.map(({ privateKey }) => Buffer.from(privateKey.revealPem()));
  const ders = requests.map((request) => derOf(request.toString()));
  const { pem, key } = await selfSigned();
  const certificates = [Buffer.from(pem)];
  const usages = usagesOf('P-256');

  const request = (text: string) => {
    const accepted = refuses(EggtoothError, () => {
      const spec = { request: Buffer.from(text, 'latin1').toString('base64'), signerName: SIGNER_NAME, usages };
      checkRequest({ metadata: { name: 'x' }, spec }, { users: [USER] });
    });
    const der = derOf(text);
    if (accepted && !ders.some((signed) => signed.equals(der))) throw new Error('accepted, and nobody signed it');
    return accepted;
  };
  return [
    { name: 'DER', seeds: ders, read: (input) => refuses(RangeError, () => elementsOf(input)) },
    { name: 'PKCS #10', seeds: ders, read: (input) => refuses(RangeError, () => describe(input)) },
    { name: 'request in DER', seeds: ders, read: (input) => request(printPem('CERTIFICATE REQUEST', input)) },
    { name: 'request in PEM', seeds: requests, read: (input) => request(input.toString('latin1')) },
    {
      name: 'certificate in DER',
      seeds: [derOf(pem)],
      read: (input) => accepts(printPem('CERTIFICATE', input), key),
    },
    { name: 'certificate in PEM', seeds: certificates, read: (input) => accepts(input.toString('latin1'), key) },
    {
      name: 'key in PEM',
      seeds: keys,
      // node:crypto refuses with errors of its own, which callers take for "no key".
      read: (input) => refuses(Error, () => PrivateKey.fromPem(input.toString('latin1'))),
    },
    {
      name: 'PEM',
      seeds: [...requests, ...certificates],
      read(input) {
        const text = input.toString('latin1');
        return readPem(text).length === 1 && readOnePem('CERTIFICATE', text).base64 !== undefined;
      },
    },
  ];
}

function describe(der: Buffer): void {
  const { subject, attributes, signatureAlgorithm } = readPkcs10(der);
  describeSubject(subject);
  describeAttributes(attributes);
  describeAlgorithm(signatureAlgorithm);
}

function accepts(pem: string, privateKey: KeyObject): boolean {
  parseCertificate(pem);
  return inspectCertificate(pem, { user: USER, privateKey }).certificate !== undefined;
}

/** Whether something passes; errors of another class than its refusal are thrown. */
function refuses(refusal: new (...args: never[]) => Error, read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (error instanceof refusal) return false;
    throw error;
  }
}

function derOf(pem: string): Buffer {
  return Buffer.from(pem.replace(/-----.*-----|\s/g, ''), 'base64');
}

async function selfSigned(): Promise<{ readonly pem: string; readonly key: KeyObject }> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [USER] }],
    keys,
    signingAlgorithm: algorithm,
    notAfter: new Date(Date.now() + 3_600_000),
    extensions: [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  return { pem: certificate.toString('pem'), key: createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }) };
}
