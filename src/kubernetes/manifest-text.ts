import { bundleFault } from './bundle-fault';

/** Encodings, by the bytes that kubectl finds them by. */
const MARKS = [
  { mark: [0xff, 0xfe], encoding: 'utf-16le' },
  { mark: [0xfe, 0xff], encoding: 'utf-16be' },
] as const;

/**
 * Decodes a file as kubectl does: UTF-8, or UTF-16 with a byte order mark, which PowerShell writes. Bytes that are no text
 * are refused, because kubectl replaces them.
 *
 * @throws EggtoothError `ERR_EGGTOOTH_BUNDLE`
 */
export function decodeText(bytes: Buffer, name: string): string {
  const encoding = MARKS.find(({ mark }) => mark.every((byte, index) => bytes[index] === byte))?.encoding ?? 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (cause) {
    const text = new TextDecoder(encoding).decode(bytes);
    const line = text.slice(0, text.indexOf('\ufffd')).split('\n').length;
    throw bundleFault(
      `not a text in ${encoding.toUpperCase()}: ${name}, line ${line}`,
      'save the file in UTF-8, or in UTF-16 with a byte order mark',
      cause,
    );
  }
}
