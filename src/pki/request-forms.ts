import { der, derHeader } from './der-writer';
import { requestLength, requestStart } from './request-pem';

/** What `spec.request` of a CertificateSigningRequest looks like: how it begins, and how long it is. */
export interface RequestForm {
  readonly start: string;
  readonly length: number;
}

const [INTEGER, BIT_STRING, OBJECT_ID, UTF8_STRING, PRINTABLE_STRING, SEQUENCE, SET, ATTRIBUTES] = [
  0x02, 0x03, 0x06, 0x0c, 0x13, 0x30, 0x31, 0xa0,
] as const;
const COMMON_NAME = objectId('550403');
const EC_PUBLIC_KEY = objectId('2a8648ce3d0201');
const P256 = objectId('2a8648ce3d030107');
const ECDSA_WITH_SHA256 = objectId('2a8648ce3d040302');
/** No unused bits, and the mark of an uncompressed point; its coordinates follow. */
const POINT_START = Buffer.of(0, 4);
const COORDINATES_LENGTH = 64;
/** Bytes of an ECDSA signature on P-256. Shorter ones happen once in 2^64 times. */
const SIGNATURE_LENGTHS = [62, 63, 64, 65, 66, 67, 68, 69, 70, 71, 72];

/**
 * Every form that an honest request for a user can have: its subject is the user and nothing else, its key is one of
 * P-256, and it has no attributes. The signature's length differs from one request to the next, and all lengths in front
 * of it with that.
 *
 * They are those of the requests that eggtooth itself makes: PEM in 64 columns, the name as PrintableString where that
 * holds it.
 */
export function requestForms(user: string): readonly RequestForm[] {
  const key = Buffer.concat([POINT_START, Buffer.alloc(COORDINATES_LENGTH)]);
  const parts = [
    der(INTEGER, Buffer.of(0)),
    der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(stringType(user), Buffer.from(user))))),
    der(SEQUENCE, der(SEQUENCE, EC_PUBLIC_KEY, P256), der(BIT_STRING, key)),
    der(ATTRIBUTES),
  ];
  const info = der(SEQUENCE, ...parts);
  const known = info.subarray(0, info.length - COORDINATES_LENGTH - der(ATTRIBUTES).length);
  const algorithm = der(SEQUENCE, ECDSA_WITH_SHA256);
  return SIGNATURE_LENGTHS.map((length) => {
    const signature = derHeader(BIT_STRING, length + 1).length + length + 1;
    const content = info.length + algorithm.length + signature;
    const header = derHeader(SEQUENCE, content);
    return { start: requestStart(Buffer.concat([header, known])), length: requestLength(header.length + content) };
  });
}

function objectId(bytes: string): Buffer {
  return der(OBJECT_ID, Buffer.from(bytes, 'hex'));
}

/** PrintableString knows no `_` and no `@`. */
function stringType(user: string): number {
  return /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(user) ? PRINTABLE_STRING : UTF8_STRING;
}
