import { createHash, type KeyObject, verify } from 'node:crypto';
import { EggtoothError, quote } from '../errors';
import { fieldAt, stringAt, stringsAt } from '../kubernetes/fields';
import { readOnePem } from '../kubernetes/pem';
import { type KeyAlgorithm, requestReference, SIGNER_NAME, usagesOf } from './certificate-signing-request';
import { describeAlgorithm, describeAttributes, describeSubject, type Pkcs10, readPkcs10, subjectsOf } from './pkcs10';
import { readPublicKey } from './public-key';

/** What {@link checkRequest} compares a CertificateSigningRequest with. */
export interface RequestExpectation {
  /** The users that may be named; the request must name exactly one of them. */
  readonly users: readonly string[];
  /**
   * Longest duration, in seconds. A request without a duration, which leaves it to the cluster, is then refused.
   * @default - any
   */
  readonly duration?: number;
}

/** A request that passed {@link checkRequest}. */
export interface CheckedRequest {
  /** The user that it names. */
  readonly user: string;
  /** Kind of its key. */
  readonly algorithm: KeyAlgorithm;
  /** SHA-256 of the PEM as the API server stores it, lower-case hex: what people compare. */
  readonly sha256: string;
  /** Its key. */
  readonly publicKey: KeyObject;
}

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

/** Names of the hashes of signatures that are refused. */
const WEAK: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.4': 'MD5',
  '1.2.840.113549.1.1.5': 'SHA-1',
  '1.2.840.10045.4.1': 'SHA-1',
};

/**
 * Checks everything that a CertificateSigningRequest asks for, as the API server stores it: one PEM block and no text
 * around it, a valid signature that is not weak, `CN=USER` as the whole subject, no attributes (so no alternative names,
 * no CA flag, no other extensions), a key on P-256, Ed25519 or RSA with 2048 bits or more, the signer
 * kubernetes.io/kube-apiserver-client, exactly the usages of that kind of key, and a duration no longer than expected. Of
 * all these the signer checks the usages only.
 *
 * @param object - the object as the API server returns it
 * @example
 * ```ts
 * const { user, sha256 } = checkRequest(object, { users: ['flux-assets-reader'], duration: 86_400 });
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_REQUEST` with every fault
 */
export function checkRequest(object: unknown, { users, duration }: RequestExpectation): CheckedRequest {
  const refuse = (faults: readonly string[]) => refused(faults, stringAt(object, 'metadata', 'name'));
  const pem = decode(stringAt(object, 'spec', 'request') ?? '');
  const parsed = parse(pem);
  if (typeof parsed === 'string') throw refuse([parsed]);
  const user = userIn(parsed, users);
  const { publicKey, algorithm, fault: keyFault } = readPublicKey(parsed.publicKey);
  const faults = [
    user === undefined && `has the subject ${quote(describeSubject(parsed.subject))}, not ${wanted(users)}`,
    parsed.attributes.content.length > 0 && `asks for ${quote(describeAttributes(parsed.attributes).join(', '))} too`,
    keyFault && `has ${keyFault}`,
    publicKey && algorithm && signatureFault(parsed, publicKey, algorithm),
    ...specFaults(object, algorithm, duration),
  ].filter((fault) => typeof fault === 'string');
  if (faults.length > 0 || user === undefined || !publicKey || !algorithm) throw refuse(faults);
  return { user, algorithm, sha256: createHash('sha256').update(pem).digest('hex'), publicKey };
}

/** Returns the one of the users whom a request (PEM) names, and nobody else; `undefined` if it names none of them. */
export function requestedUser(pem: string, users: readonly string[]): string | undefined {
  const parsed = parse(pem);
  return typeof parsed === 'string' ? undefined : userIn(parsed, users);
}

/** Whether a request (PEM) names a user and nothing else, and is for a key (SubjectPublicKeyInfo) that signed it. */
export function isRequestFor(pem: string, user: string, spki: Buffer): boolean {
  const parsed = parse(pem);
  if (typeof parsed === 'string') return false;
  const { publicKey, algorithm } = readPublicKey(parsed.publicKey);
  return (
    userIn(parsed, [user]) === user &&
    parsed.attributes.content.length === 0 &&
    parsed.publicKey.equals(spki) &&
    publicKey !== undefined &&
    algorithm !== undefined &&
    signatureFault(parsed, publicKey, algorithm) === undefined
  );
}

function userIn({ subject }: Pkcs10, users: readonly string[]): string | undefined {
  return users.find((user) => subjectsOf(user).some((whole) => whole.equals(subject.raw)));
}

/** The request, or why it cannot be read. */
function parse(pem: string): Pkcs10 | string {
  const { base64, found } = readOnePem('CERTIFICATE REQUEST', pem);
  if (base64 === undefined) return `is not one PEM block CERTIFICATE REQUEST: it holds ${found}`;
  const der = Buffer.from(base64, 'base64');
  try {
    if (der.toString('base64') === base64) return readPkcs10(der);
  } catch {
    // The reason is the same.
  }
  return 'is not a PKCS #10 request in DER';
}

function signatureFault(request: Pkcs10, key: KeyObject, algorithm: KeyAlgorithm): string | undefined {
  const { info, signature, signatureAlgorithm } = request;
  const hash = SIGNATURES[algorithm][signatureAlgorithm.raw.toString('hex')];
  if (hash === undefined) {
    const oid = describeAlgorithm(signatureAlgorithm);
    return WEAK[oid] ? `has a weak signature: ${WEAK[oid]}` : `is signed with an unsupported algorithm: ${oid}`;
  }
  return verify(hash, info, key, signature) ? undefined : 'has an invalid signature';
}

function specFaults(object: unknown, algorithm: KeyAlgorithm | undefined, longest: number | undefined) {
  const signer = stringAt(object, 'spec', 'signerName') ?? '';
  const usages = stringsAt(object, 'spec', 'usages');
  const usagesWanted = algorithm && usagesOf(algorithm);
  const seconds = fieldAt(object, 'spec', 'expirationSeconds');
  return [
    signer !== SIGNER_NAME && `is for the signer ${quote(signer)}, not ${SIGNER_NAME}`,
    usagesWanted &&
      [...usages].sort().join() !== [...usagesWanted].sort().join() &&
      `has the usages ${quote(usages.join(', '))}, not ${usagesWanted.join(', ')}`,
    longest !== undefined &&
      !(typeof seconds === 'number' && seconds <= longest) &&
      `asks for ${typeof seconds === 'number' ? `${seconds} s` : 'the default duration of the cluster'}, not at most ${longest} s`,
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

function refused(faults: readonly string[], name = '(unnamed)'): EggtoothError {
  return new EggtoothError('ERR_EGGTOOTH_REQUEST', `the request ${faults.join(', ')}; it must not be approved`, {
    fix: 'find out who created it; if it is not yours, deny it (kubectl certificate deny), and create another with eggtooth request',
    object: requestReference({ name }),
  });
}
