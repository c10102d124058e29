import { type DerElement, derElement, elementsOf, membersOf, oidOf, TAG } from './der';

/** The parts of a PKCS #10 request (RFC 2986), none of them checked. */
export interface Pkcs10 {
  /** CertificationRequestInfo: what is signed. */
  readonly info: Buffer;
  readonly subject: DerElement;
  /** SubjectPublicKeyInfo. */
  readonly publicKey: Buffer;
  /** Empty in a request that asks only for a certificate of its subject. */
  readonly attributes: DerElement;
  /** AlgorithmIdentifier with its parameters. */
  readonly signatureAlgorithm: DerElement;
  readonly signature: Buffer;
}

const EXTENSION_REQUEST = '1.2.840.113549.1.9.14';
const COMMON_NAME = Buffer.from('0603550403', 'hex');
const VERSION_0 = Buffer.from('020100', 'hex');

const NAMES: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '1.3.6.1.4.1.57683.2': 'Kubernetes uid',
  '0.9.2342.19200300.100.1.1': 'UID',
  '1.2.840.113549.1.9.1': 'emailAddress',
  '1.2.840.113549.1.9.7': 'challengePassword',
  '2.5.29.15': 'keyUsage',
  '2.5.29.17': 'subjectAltName',
  '2.5.29.19': 'basicConstraints',
  '2.5.29.37': 'extKeyUsage',
};

/**
 * Reads the parts of a request in DER.
 * @throws RangeError if it has other members than those of RFC 2986, or bytes after them
 */
export function readPkcs10(der: Buffer): Pkcs10 {
  const [whole, ...rest] = elementsOf(der);
  if (rest.length > 0) throw new RangeError('bytes after the request');
  const [info, signatureAlgorithm, signature] = membersOf(whole, TAG.sequence, 3);
  const [version, subject, publicKey, attributes] = membersOf(info, TAG.sequence, 4);
  const complete = info && signatureAlgorithm && signature && version && subject && publicKey && attributes;
  if (
    !complete ||
    !version.raw.equals(VERSION_0) ||
    subject.tag !== TAG.sequence ||
    attributes.tag !== TAG.attributes ||
    signature.tag !== TAG.bitString ||
    signature.content[0] !== 0
  ) {
    throw new RangeError('not a request of version 0');
  }
  const [signed, bits] = [info.raw, signature.content.subarray(1)];
  return { info: signed, subject, publicKey: publicKey.raw, attributes, signatureAlgorithm, signature: bits };
}

/** The DER of every subject that is `CN=USER` and nothing else. */
export function subjectsOf(user: string): readonly Buffer[] {
  return [TAG.printable, TAG.utf8].map((tag) => {
    const name = derElement(TAG.sequence, COMMON_NAME, derElement(tag, Buffer.from(user)));
    return derElement(TAG.sequence, derElement(TAG.set, name));
  });
}

/** A subject as text, for example `CN=reader, O=admins`. */
export function describeSubject(subject: DerElement): string {
  const parts = attempt(() =>
    membersOf(subject, TAG.sequence).flatMap((set) =>
      membersOf(set, TAG.set).map((pair) => {
        const [type, value] = membersOf(pair, TAG.sequence, 2);
        return `${type ? nameOf(type) : ''}=${value?.content.toString('utf8')}`;
      }),
    ),
  );
  return parts?.join(', ') ?? 'unreadable';
}

/** The names of the attributes; of an extension request, the names of its extensions. */
export function describeAttributes({ content }: DerElement): readonly string[] {
  const names = attempt(() =>
    elementsOf(content).flatMap((attribute) => {
      const [type, values] = membersOf(attribute, TAG.sequence, 2);
      if (type === undefined) return [];
      if (oidOf(type) !== EXTENSION_REQUEST) return [nameOf(type)];
      return membersOf(values, TAG.set).flatMap((list) =>
        membersOf(list, TAG.sequence).flatMap((extension) =>
          membersOf(extension, TAG.sequence).slice(0, 1).map(nameOf),
        ),
      );
    }),
  );
  return names ?? ['unreadable'];
}

/** The object identifier of an algorithm in dotted form. */
export function describeAlgorithm(algorithm: DerElement): string {
  return attempt(() => membersOf(algorithm, TAG.sequence).slice(0, 1).map(oidOf).join()) ?? 'unknown';
}

function nameOf(type: DerElement): string {
  const oid = oidOf(type);
  return NAMES[oid] ?? oid;
}

function attempt<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
