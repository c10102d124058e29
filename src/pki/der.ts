/** One element of DER: its tag, what it holds, and all of it. */
export interface DerElement {
  readonly tag: number;
  readonly content: Buffer;
  readonly raw: Buffer;
}

/** Tags that a request is made of. */
export const TAG = { bitString: 0x03, oid: 0x06, utf8: 0x0c, printable: 0x13, sequence: 0x30, set: 0x31 } as const;

/**
 * The elements that stand one after the other, to the last byte. Only what DER (X.690) allows is read: lengths in their
 * shortest form, tags of one byte.
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

/** The elements of the one element that the bytes are, if it has this tag and they are so many. @throws RangeError */
export function membersOf(element: DerElement | undefined, tag: number, count?: number): readonly DerElement[] {
  if (element?.tag !== tag) throw new RangeError(`no element of tag ${tag}`);
  const members = elementsOf(element.content);
  if (count !== undefined && members.length !== count) throw new RangeError(`${members.length} elements, not ${count}`);
  return members;
}

/** An element with a short content: less than 128 bytes. */
export function shortElement(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.of(tag, content.length), content]);
}

/** An object identifier in its dotted form. */
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
