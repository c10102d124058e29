import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto';
import { EggtoothError, quote } from '../errors';
import { readPem } from '../kubernetes/pem';
import { parseCertificate } from './check-certificate';

const EXCHANGE = 'exchange the two: --ca-cert names the CA certificate, and --ca-key its private key';

/**
 * Reads the certificates of a CA: PEM blocks CERTIFICATE and nothing else, of which one is the CA's, and the others those
 * that clients trust beside it.
 * @throws EggtoothError `ERR_EGGTOOTH_CA`
 */
export function readCaCertificates(pem: string): readonly X509Certificate[] {
  const blocks = readPem(pem);
  if (blocks.length === 0) throw noPem(pem, 'certificate', 'x509');
  const labels = blocks.map(({ label }) => label);
  const other = labels.find((label) => label !== 'CERTIFICATE');
  if (other?.endsWith('PRIVATE KEY')) {
    const fix = labels.includes('CERTIFICATE')
      ? 'give the certificates alone: openssl x509 -in FILE -out ca.crt'
      : EXCHANGE;
    throw invalid('the CA certificate holds a private key', fix);
  }
  if (other !== undefined) throw invalid(`the CA certificate holds a PEM block ${quote(other)}`, GIVE_CERTIFICATES);
  return blocks.map(({ text }) => {
    const certificate = text === undefined ? undefined : parseCertificate(text);
    if (certificate === undefined) throw invalid('the CA certificate cannot be read', GIVE_CERTIFICATES);
    return certificate;
  });
}

const GIVE_CERTIFICATES = 'give PEM blocks CERTIFICATE only, complete and unchanged, as in the ca.crt of kubeadm';

/** A key that clients' certificates may be signed with, and the WebCrypto parameters of its signatures. */
export interface CaKey {
  readonly key: KeyObject;
  readonly signature: SignatureParameters;
}

/** How a kind of key signs: with the hash that fits its size (RFC 5758), SHA-256 for RSA. */
export type SignatureParameters =
  | { readonly name: 'ECDSA'; readonly namedCurve: 'P-256' | 'P-384' | 'P-521'; readonly hash: string }
  | { readonly name: 'RSASSA-PKCS1-v1_5'; readonly hash: 'SHA-256' }
  | { readonly name: 'Ed25519' };

/** By the names of OpenSSL. */
const CURVES: Readonly<Record<string, SignatureParameters>> = {
  prime256v1: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  secp384r1: { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' },
  secp521r1: { name: 'ECDSA', namedCurve: 'P-521', hash: 'SHA-512' },
};

/**
 * Reads the private key of a CA: PKCS #1 as kubeadm writes it, SEC 1 as Talos and k3s do, or PKCS #8; RSA, P-256, P-384,
 * P-521 or Ed25519.
 * @throws EggtoothError `ERR_EGGTOOTH_CA`
 */
export function readCaKey(pem: string): CaKey {
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: *4, *ENCRYPTED/m.test(pem)) {
    throw invalid(
      'the CA key is encrypted',
      'decrypt it into a file that only you may read, and delete that file afterwards: (umask 077; openssl pkey -in FILE -out ca.key)',
    );
  }
  const blocks = readPem(pem);
  const keys = blocks.filter(({ label }) => label.endsWith('PRIVATE KEY'));
  if (keys.length === 0) throw noKey(pem, blocks[0]?.label);
  // openssl ecparam -genkey writes the parameters of the curve before the key, which states them too.
  const other = blocks.find(({ label }) => !label.endsWith('PRIVATE KEY') && label !== 'EC PARAMETERS');
  if (other !== undefined) throw invalid(`the CA key holds a PEM block ${quote(other.label)} too`, GIVE_KEY);
  const [{ text } = {}, ...more] = keys;
  if (more.length > 0) throw invalid(`the CA key holds ${keys.length} private keys`, GIVE_KEY);
  const key = text === undefined ? undefined : parseKey(text);
  if (key === undefined)
    throw invalid('the CA key cannot be read', `${GIVE_KEY}; openssl pkey -in FILE -noout checks it`);
  return { key, signature: signatureOf(key) };
}

const GIVE_KEY = 'give one PEM block with the private key of the CA, complete and unchanged';

function signatureOf(key: KeyObject): SignatureParameters {
  const { asymmetricKeyType: type = 'unknown', asymmetricKeyDetails: details = {} } = key;
  const { namedCurve = '', modulusLength = 0 } = details;
  if (type === 'ed25519') return { name: 'Ed25519' };
  const curve = CURVES[namedCurve];
  if (curve !== undefined) return curve;
  const fix = 'sign with a CA whose key is RSA with 2048 bits or more, P-256, P-384, P-521 or Ed25519';
  if (type !== 'rsa') throw invalid(`the CA key is of an unsupported kind: ${namedCurve || type}`, fix);
  if (modulusLength < 2048) throw invalid(`the CA key is weak: RSA with ${modulusLength} bits, less than 2048`, fix);
  return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
}

function parseKey(block: string): KeyObject | undefined {
  try {
    return createPrivateKey(block);
  } catch {
    // The error is not kept: nothing of the key may show.
    return undefined;
  }
}

function noKey(pem: string, label: string | undefined): EggtoothError {
  if (label === undefined) return noPem(pem, 'key', 'pkey');
  const fix = label === 'CERTIFICATE' ? EXCHANGE : GIVE_KEY;
  return invalid(`the CA key holds a PEM block ${quote(label)}, and no private key`, fix);
}

/** @param command - of openssl, which converts DER */
function noPem(text: string, what: 'certificate' | 'key', command: string): EggtoothError {
  const problem = `the CA ${what} is not PEM`;
  const file = what === 'key' ? 'ca.key' : 'ca.crt';
  const decoded = Buffer.from(text.slice(0, 1000).replace(/\s/g, ''), 'base64').toString('latin1');
  if (decoded.includes('-----BEGIN ')) {
    return invalid(`${problem}, but base64 of it`, `decode it: (umask 077; base64 -d FILE > ${file})`);
  }
  // A sequence of DER, read as text.
  if (/^0[^ -~\s]/.test(text)) {
    return invalid(`${problem}`, `convert DER: (umask 077; openssl ${command} -inform der -in FILE -out ${file})`);
  }
  return invalid(problem, `give the text from -----BEGIN to -----END, as in the ${file} of kubeadm`);
}

function invalid(problem: string, fix: string): EggtoothError {
  return new EggtoothError('ERR_EGGTOOTH_CA', problem, { fix });
}
