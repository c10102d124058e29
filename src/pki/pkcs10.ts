import { type DerElement, elementsOf, membersOf, oidOf, shortElement, TAG } from './der';

/** A PKCS #10 request (RFC 2986), taken apart and not yet judged. */
export interface Pkcs10 {
  /** What is signed: CertificationRequestInfo. */
  readonly info: Buffer;
  readonly subject: DerElement;
  /** SubjectPublicKeyInfo. */
  readonly publicKey: Buffer;
  /** `[0]`, which is empty if nothing is asked for beside subject and key. */
  readonly attributes: DerElement;
  /** AlgorithmIdentifier, with its parameters. */
  readonly signatureAlgorithm: DerElement;
  readonly signature: Buffer;
}

const ATTRIBUTES = 0xa0;
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
  '1.3.6.1.4.1.57683.2': 'uid of Kubernetes',
  '0.9.2342.19200300.100.1.1': 'UID',
  '1.2.840.113549.1.9.1': 'emailAddress',
  '1.2.840.113549.1.9.7': 'challengePassword',
  '2.5.29.15': 'keyUsage',
  '2.5.29.17': 'subjectAltName',
  '2.5.29.19': 'basicConstraints (being a CA)',
  '2.5.29.37': 'extKeyUsage',
};

/** Takes a request apart; it must have exactly the members of RFC 2986, to the last byte. @throws RangeError */
export function readPkcs10(der: Buffer): Pkcs10 {
  const [whole, ...rest] = elementsOf(der);
  if (rest.length > 0) throw new RangeError('bytes behind the request');
  const [info, signatureAlgorithm, signature] = membersOf(whole, TAG.sequence, 3);
  const [version, subject, publicKey, attributes] = membersOf(info, TAG.sequence, 4);
  const complete = info && signatureAlgorithm && signature && version && subject && publicKey && attributes;
  if (
    !complete ||
    !version.raw.equals(VERSION_0) ||
    subject.tag !== TAG.sequence ||
    attributes.tag !== ATTRIBUTES ||
    signature.tag !== TAG.bitString ||
    signature.content[0] !== 0
  ) {
    throw new RangeError('not a request of version 0');
  }
  const [signed, bits] = [info.raw, signature.content.subarray(1)];
  return { info: signed, subject, publicKey: publicKey.raw, attributes, signatureAlgorithm, signature: bits };
}

/** The subjects that say `CN=USER` and nothing else, in DER; a user has at most 64 ASCII characters. */
export function subjectsOf(user: string): readonly Buffer[] {
  return [TAG.printable, TAG.utf8].map((tag) => {
    const name = shortElement(TAG.sequence, COMMON_NAME, shortElement(tag, Buffer.from(user)));
    return shortElement(TAG.sequence, shortElement(TAG.set, name));
  });
}

/** A subject for people, as in `CN=reader, O=admins`. */
export function describeSubject(subject: DerElement): string {
  const parts = attempt(() =>
    membersOf(subject, TAG.sequence).flatMap((set) =>
      membersOf(set, TAG.set).map((pair) => {
        const [type, value] = membersOf(pair, TAG.sequence, 2);
        return `${type ? nameOf(type) : ''}=${value?.content.toString('utf8')}`;
      }),
    ),
  );
  return parts?.join(', ') ?? 'something that cannot be read';
}

/** What the attributes ask for, by name: extensions each by its own. */
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
  return names ?? ['something that cannot be read'];
}

/** The object identifier of an algorithm, dotted. */
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
