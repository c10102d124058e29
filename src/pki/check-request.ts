import { createHash, type KeyObject, verify } from 'node:crypto';
import { EggtoothError, quote } from '../errors';
import { fieldAt, stringAt, stringsAt } from '../kubernetes/fields';
import type { ObjectReference } from '../kubernetes/kube-object';
import { type KeyAlgorithm, SIGNER_NAME, usagesOf } from './certificate-signing-request';
import { describeAlgorithm, describeAttributes, describeSubject, type Pkcs10, readPkcs10, subjectsOf } from './pkcs10';
import { readPublicKey } from './public-key';

/** What a CertificateSigningRequest must be before it is approved. */
export interface RequestExpectation {
  /** The users, of whom it must name exactly one. */
  readonly users: readonly string[];
  /**
   * Longest duration, in seconds; a request that leaves its duration to the cluster is then refused.
   * @default - any
   */
  readonly expirationSeconds?: number;
}

/** A request that passed {@link checkRequest}. */
export interface CheckedRequest {
  readonly user: string;
  readonly algorithm: KeyAlgorithm;
  /** SHA-256 of the PEM as the API server holds it, lower-case hex: what people compare. */
  readonly sha256: string;
  readonly publicKey: KeyObject;
}

const PEM = /^-----BEGIN CERTIFICATE REQUEST-----\n([A-Za-z0-9+/=\n]+)\n-----END CERTIFICATE REQUEST-----\n?$/;

/** AlgorithmIdentifiers (DER, hex) that a request may be signed with, and their hash. */
const SIGNATURES: Readonly<Record<KeyAlgorithm, Readonly<Record<string, string | null>>>> = {
  'P-256': {
    '300a06082a8648ce3d040302': 'sha256',
    '300a06082a8648ce3d040303': 'sha384',
    '300a06082a8648ce3d040304': 'sha512',
  },
  RSA: {
    '300d06092a864886f70d01010b0500': 'sha256',
    '300d06092a864886f70d01010c0500': 'sha384',
    '300d06092a864886f70d01010d0500': 'sha512',
  },
  // The hash is part of the algorithm.
  Ed25519: { '300506032b6570': null },
};

/** What people call the signatures that are not taken. */
const WEAK: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.4': 'MD5',
  '1.2.840.113549.1.1.5': 'SHA-1',
  '1.2.840.10045.4.1': 'SHA-1',
};

/**
 * Checks all that a CertificateSigningRequest asks for, as the API server holds it: one PEM block and nothing around it,
 * a signature that verifies and is not weak, the subject `CN=USER` and nothing else, no attribute and so no alternative
 * name, no CA and no other extension, a key on P-256, Ed25519 or RSA of 2048 bits and more, our signer, exactly the
 * usages of that key, no longer duration than expected. The signer itself checks none of that but the usages.
 *
 * @param object - the object as the API server gives it
 * @throws EggtoothError `ERR_EGGTOOTH_REQUEST` naming everything that is wrong
 */
export function checkRequest(
  object: unknown,
  { users, expirationSeconds }: RequestExpectation,
  reference: ObjectReference,
): CheckedRequest {
  const refuse = (faults: readonly string[]) => refused(faults, reference);
  const pem = decode(stringAt(object, 'spec', 'request') ?? '');
  const parsed = parse(pem);
  if (typeof parsed === 'string') throw refuse([parsed]);
  const user = users.find((one) => subjectsOf(one).some((subject) => subject.equals(parsed.subject.raw)));
  const { publicKey, algorithm, fault: keyFault } = readPublicKey(parsed.publicKey);
  const faults = [
    user === undefined && `has the subject ${quote(describeSubject(parsed.subject))}, not ${wanted(users)}`,
    parsed.attributes.content.length > 0 && `asks for ${quote(describeAttributes(parsed.attributes).join(', '))} too`,
    keyFault && `has ${keyFault}`,
    publicKey && algorithm && signatureFault(parsed, publicKey, algorithm),
    ...specFaults(object, algorithm, expirationSeconds),
  ].filter((fault) => typeof fault === 'string');
  if (faults.length > 0 || user === undefined || !publicKey || !algorithm) throw refuse(faults);
  return { user, algorithm, sha256: createHash('sha256').update(pem).digest('hex'), publicKey };
}

function parse(pem: string): Pkcs10 | string {
  const [, body = ''] = PEM.exec(pem) ?? [];
  const labels = Array.from(pem.matchAll(/-----BEGIN ([^-]*)-----/g), ([, label = '']) => label);
  if (body === '') {
    const one = labels.length === 1 && labels[0] === 'CERTIFICATE REQUEST';
    const held = one ? 'has text around its PEM block' : `holds ${quote(labels.join(' and ')) || 'no PEM block'}`;
    return `is not one PEM block CERTIFICATE REQUEST alone: it ${held}`;
  }
  const base64 = body.replaceAll('\n', '');
  const der = Buffer.from(base64, 'base64');
  try {
    if (der.toString('base64') === base64) return readPkcs10(der);
  } catch {
    // Said below.
  }
  return 'is no PKCS #10 request in DER';
}

function signatureFault(request: Pkcs10, key: KeyObject, algorithm: KeyAlgorithm): string | undefined {
  const { info, signature, signatureAlgorithm } = request;
  const hash = SIGNATURES[algorithm][signatureAlgorithm.raw.toString('hex')];
  if (hash === undefined) {
    const oid = describeAlgorithm(signatureAlgorithm);
    return WEAK[oid] ? `has a weak signature: ${WEAK[oid]}` : `is signed with another algorithm: ${oid}`;
  }
  return verify(hash, info, key, signature) ? undefined : 'has a signature that does not verify';
}

function specFaults(object: unknown, algorithm: KeyAlgorithm | undefined, longest: number | undefined) {
  const signer = stringAt(object, 'spec', 'signerName') ?? '';
  const usages = stringsAt(object, 'spec', 'usages');
  const usagesWanted = algorithm && usagesOf(algorithm);
  const duration = fieldAt(object, 'spec', 'expirationSeconds');
  return [
    signer !== SIGNER_NAME && `is for the signer ${quote(signer)}, not ${SIGNER_NAME}`,
    usagesWanted &&
      [...usages].sort().join() !== [...usagesWanted].sort().join() &&
      `has the usages ${quote(usages.join(', '))}, not ${usagesWanted.join(', ')}`,
    longest !== undefined &&
      !(typeof duration === 'number' && duration <= longest) &&
      `asks for ${typeof duration === 'number' ? `${duration} s` : 'as long a duration as the cluster gives'}, not at most ${longest} s`,
  ];
}

/** The request as it is stored, if its base64 is canonical. */
function decode(request: string): string {
  const bytes = Buffer.from(request, 'base64');
  return bytes.toString('base64') === request ? bytes.toString('latin1') : '';
}

function wanted(users: readonly string[]): string {
  return users.map((user) => `CN=${user}`).join(' or ');
}

function refused(faults: readonly string[], object: ObjectReference): EggtoothError {
  return new EggtoothError('ERR_EGGTOOTH_REQUEST', `the request ${faults.join(', ')}; it must not be approved`, {
    fix: 'find out who made it; deny it (kubectl certificate deny) if it is not yours, and make a new one with eggtooth request',
    object,
  });
}
