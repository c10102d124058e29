import { createPublicKey, type KeyObject } from 'node:crypto';
import type { KeyAlgorithm } from './certificate-signing-request';

/** A public key that a certificate may be made for, or what is wrong with it. */
export interface PublicKey {
  /** Absent if it is of another kind, or cannot be read. */
  readonly publicKey?: KeyObject;
  readonly algorithm?: KeyAlgorithm;
  /** As in `a weak key: RSA of 1024 bits, less than 2048`. */
  readonly fault?: string;
}

/** How a key on P-256 begins, its curve by name and its point written out: no other form of the same key is taken. */
const P256 = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d03010703420004', 'hex');

/** Reads a SubjectPublicKeyInfo (DER): a key on P-256, Ed25519, or RSA of 2048 bits and more is without fault. */
export function readPublicKey(spki: Buffer): PublicKey {
  const publicKey = importKey(spki);
  if (publicKey === undefined) return { fault: 'a public key that cannot be read' };
  const { asymmetricKeyType: type = 'unknown', asymmetricKeyDetails: details = {} } = publicKey;
  const { namedCurve, modulusLength = 0, publicExponent = 0n } = details;
  if (type === 'ed25519') return { publicKey, algorithm: 'Ed25519' };
  if (spki.subarray(0, P256.length).equals(P256)) return { publicKey, algorithm: 'P-256' };
  if (type !== 'rsa') return { fault: `a key of the kind ${namedCurve ?? type}, not plain P-256, Ed25519 or RSA` };
  const fault =
    (modulusLength < 2048 && `a weak key: RSA of ${modulusLength} bits, less than 2048`) ||
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
