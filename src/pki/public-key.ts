import { createPublicKey, type KeyObject } from 'node:crypto';
import type { KeyAlgorithm } from './certificate-signing-request';

/** A public key, and what is wrong with it if no certificate may be issued for it. */
export interface PublicKey {
  /** Absent if the key is of another kind or cannot be read. */
  readonly publicKey?: KeyObject;
  readonly algorithm?: KeyAlgorithm;
  /** For example `a weak key: RSA with 1024 bits, less than 2048`. */
  readonly fault?: string;
}

/** How the one accepted form of a key on P-256 begins: the curve by name, the point uncompressed. */
const P256 = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d03010703420004', 'hex');

/** Reads a SubjectPublicKeyInfo in DER. Accepted are keys on P-256, Ed25519, and RSA with 2048 bits or more. */
export function readPublicKey(spki: Buffer): PublicKey {
  const publicKey = importKey(spki);
  if (publicKey === undefined) return { fault: 'a public key that cannot be read' };
  const { asymmetricKeyType: type = 'unknown', asymmetricKeyDetails: details = {} } = publicKey;
  const { namedCurve, modulusLength = 0, publicExponent = 0n } = details;
  if (type === 'ed25519') return { publicKey, algorithm: 'Ed25519' };
  if (spki.subarray(0, P256.length).equals(P256)) return { publicKey, algorithm: 'P-256' };
  if (type !== 'rsa') return { fault: `a key of kind ${namedCurve ?? type}, not P-256 by name, Ed25519 or RSA` };
  const fault =
    (modulusLength < 2048 && `a weak key: RSA with ${modulusLength} bits, less than 2048`) ||
    (publicExponent !== 65537n && `a weak key: RSA with the exponent ${publicExponent}`);
  return { publicKey, algorithm: 'RSA', ...(fault && { fault }) };
}

function importKey(spki: Buffer): KeyObject | undefined {
  try {
    const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
    return key.export({ format: 'der', type: 'spki' }).equals(spki) ? key : undefined;
  } catch {
    return undefined;
  }
}
