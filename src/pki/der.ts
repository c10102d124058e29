/** One element of DER (X.690). */
export interface DerElement {
  readonly tag: number;
  readonly content: Buffer;
  /** All of it: tag, length and content. */
  readonly raw: Buffer;
}

/** Tags of the elements of a certificate request. */
export const TAG = {
  integer: 0x02,
  bitString: 0x03,
  oid: 0x06,
  utf8: 0x0c,
  printable: 0x13,
  sequence: 0x30,
  set: 0x31,
  /** `[0]`, constructed. */
  attributes: 0xa0,
} as const;

/**
 * Reads the elements that a sequence of bytes consists of. Anything that DER does not allow is refused: a length that is
 * not in its shortest form, a tag of several bytes, bytes after the last element.
 * @throws RangeError
 */
export function elementsOf(bytes: Buffer): readonly DerElement[] {
  const elements: DerElement[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const element = firstElement(bytes.subarray(offset));
    elements.push(element);
    offset += element.raw.length;
  }
  return elements;
}

/**
 * Reads the members of an element that must have a tag.
 * @param count - how many members it must have
 * @throws RangeError
 */
export function membersOf(element: DerElement | undefined, tag: number, count?: number): readonly DerElement[] {
  if (element?.tag !== tag) throw new RangeError(`no element of tag ${tag}`);
  const members = elementsOf(element.content);
  if (count !== undefined && members.length !== count) throw new RangeError(`${members.length} elements, not ${count}`);
  return members;
}

/** An object identifier in dotted form. */
export function oidOf({ content: [first = 0, ...rest] }: Pick<DerElement, 'content'>): string {
  const numbers = [Math.min(Math.floor(first / 40), 2), first - 40 * Math.min(Math.floor(first / 40), 2)];
  let number = 0;
  for (const byte of rest) {
    number = number * 128 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    numbers.push(number);
    number = 0;
  }
  return numbers.join('.');
}

/** Writes an element with at most 65535 bytes of content. */
export function derElement(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const bytes = Buffer.concat(content);
  return Buffer.concat([derHeader(tag, bytes.length), bytes]);
}

/** Writes tag and length of an element with at most 65535 bytes of content. */
export function derHeader(tag: number, length: number): Buffer {
  if (length < 0x80) return Buffer.of(tag, length);
  return length < 0x100 ? Buffer.of(tag, 0x81, length) : Buffer.of(tag, 0x82, length >> 8, length & 0xff);
}

function firstElement(bytes: Buffer): DerElement {
  const [tag = 0, short = 0x80, long = 0] = bytes;
  const extra = short < 0x80 ? 0 : short & 0x7f;
  const start = 2 + extra;
  if ((tag & 0x1f) === 0x1f || short === 0x80 || extra > 4 || start > bytes.length) throw new RangeError('not DER');
  const length = extra === 0 ? short : bytes.readUIntBE(2, extra);
  const shortest = extra === 0 || (long !== 0 && length >= 0x80);
  if (!shortest || start + length > bytes.length) throw new RangeError('not DER');
  const end = start + length;
  return { tag, content: bytes.subarray(start, end), raw: bytes.subarray(0, end) };
}
