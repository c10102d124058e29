import { printPem } from '../kubernetes/pem';
import { derElement, derHeader, TAG } from './der';

/** What `spec.request` of a CertificateSigningRequest looks like: how it begins, and how long it is. */
export interface RequestForm {
  readonly start: string;
  readonly length: number;
}

const COMMON_NAME = objectId('550403');
const EC_PUBLIC_KEY = objectId('2a8648ce3d0201');
const P256 = objectId('2a8648ce3d030107');
const ECDSA_WITH_SHA256 = objectId('2a8648ce3d040302');
/** No unused bits, then the mark of an uncompressed point; its coordinates follow. */
const POINT_START = Buffer.of(0, 4);
const COORDINATES_LENGTH = 64;
/** Lengths of an ECDSA signature on P-256, in bytes. One in 2^64 is shorter. */
const SIGNATURE_LENGTHS = [62, 63, 64, 65, 66, 67, 68, 69, 70, 71, 72];

/**
 * Every form that a request of eggtooth for a user can have: the user is its whole subject, its key is on P-256, and it
 * has no attributes. The forms differ in the length of the signature, and so in every length that precedes it.
 *
 * They hold for the encoding that eggtooth itself uses: PEM in lines of 64 characters, and the commonName as a
 * PrintableString where it can be one.
 */
export function requestForms(user: string): readonly RequestForm[] {
  const key = Buffer.concat([POINT_START, Buffer.alloc(COORDINATES_LENGTH)]);
  const name = derElement(TAG.sequence, COMMON_NAME, derElement(stringTag(user), Buffer.from(user)));
  const attributes = derElement(TAG.attributes);
  const info = derElement(
    TAG.sequence,
    derElement(TAG.integer, Buffer.of(0)),
    derElement(TAG.sequence, derElement(TAG.set, name)),
    derElement(TAG.sequence, derElement(TAG.sequence, EC_PUBLIC_KEY, P256), derElement(TAG.bitString, key)),
    attributes,
  );
  const known = info.subarray(0, info.length - COORDINATES_LENGTH - attributes.length);
  const algorithm = derElement(TAG.sequence, ECDSA_WITH_SHA256);
  return SIGNATURE_LENGTHS.map((length) => {
    const signature = derHeader(TAG.bitString, length + 1).length + length + 1;
    const content = info.length + algorithm.length + signature;
    const header = derHeader(TAG.sequence, content);
    return { start: startOf(Buffer.concat([header, known])), length: lengthOf(header.length + content) };
  });
}

/**
 * How `spec.request` begins for a request that begins with these bytes. Bytes that share a group of base64 with what
 * follows are left out: up to two of DER, and up to two characters of PEM.
 */
function startOf(der: Buffer): string {
  const pem = printPem('CERTIFICATE REQUEST', wholeGroups(der));
  const begun = pem.slice(0, pem.lastIndexOf('\n-----END'));
  return wholeGroups(Buffer.from(begun)).toString('base64');
}

/** Length of `spec.request` for a request of so many bytes. */
function lengthOf(bytes: number): number {
  return Math.ceil(printPem('CERTIFICATE REQUEST', Buffer.alloc(bytes)).length / 3) * 4;
}

function wholeGroups(bytes: Buffer): Buffer {
  return bytes.subarray(0, bytes.length - (bytes.length % 3));
}

function objectId(bytes: string): Buffer {
  return derElement(TAG.oid, Buffer.from(bytes, 'hex'));
}

/** A PrintableString has neither `_` nor `@`. */
function stringTag(user: string): number {
  return /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(user) ? TAG.printable : TAG.utf8;
}
