import { createPrivateKey } from 'node:crypto';

/** Every form in which a private key could be written, by name. */
export function formsOf(pkcs8: Buffer): ReadonlyMap<string, string> {
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  const pem = key.export({ format: 'pem', type: 'pkcs8' }).toString();
  const { d = '', p, q } = key.export({ format: 'jwk' });
  const [secret = Buffer.of(), ...factors] = [d, p, q]
    .filter((number) => number !== undefined)
    .map((number) => Buffer.from(number, 'base64url'));
  const numbers = factors.map((factor, index) => [`factor ${index + 1}`, factor] as const);
  const lines = linesOf(pem, pkcs8.indexOf(secret), secret.length);
  const parts = [['PEM', Buffer.from(pem)], ['DER', pkcs8], ['the secret number', secret], ...numbers] as const;
  return new Map([
    ['PEM', withoutSpaces(pem)],
    ...lines.map(([name, line]) => [name, line.toString()] as const),
    ...[...parts, ...lines].flatMap(([name, bytes]) => encodings(name, bytes)),
  ]);
}

/** The lines of the PEM that hold some of the secret number, each by its name. */
function linesOf(pem: string, offset: number, length: number): (readonly [string, Buffer])[] {
  const [first, last] = [Math.floor(offset / 48), Math.floor((offset + length - 1) / 48)];
  const lines = pem.split('\n').slice(1 + first, 2 + last);
  return lines.map((line, index) => [`line ${first + index} of PEM`, Buffer.from(line)] as const);
}

/** The names of the forms of the keys that a text contains. */
export function findKeys(text: string, keys: readonly Buffer[]): readonly string[] {
  const haystack = withoutSpaces(text);
  const lower = haystack.toLowerCase();
  return keys.flatMap((key) =>
    Array.from(formsOf(key))
      .filter(([name, form]) => (name.startsWith('hex') ? lower : haystack).includes(form))
      .map(([name]) => name),
  );
}

/** Hex and base64. Inside other base64, the first and the last characters depend on their neighbors. */
function encodings(name: string, bytes: Buffer): [string, string][] {
  const base64 = [0, 1, 2].flatMap((shift): [string, string][] => {
    const shifted = Buffer.concat([Buffer.alloc(shift), bytes]);
    const whole = shifted.subarray(shift === 0 ? 0 : 3, shifted.length - (shifted.length % 3));
    const what = shift === 0 ? name : `${name} shifted by ${shift}`;
    return [
      [`base64 of ${what}`, whole.toString('base64')],
      [`base64url of ${what}`, whole.toString('base64url')],
    ];
  });
  return [[`hex of ${name}`, bytes.toString('hex')], ...base64];
}

/** Removes line ends, plain or escaped in JSON, spaces, and colons between hex digits. */
function withoutSpaces(text: string): string {
  return text.replace(/\\[nr]|[\s:]/g, '');
}
