/**
 * A number as Go reads it. JavaScript and JSON have one kind of number; Go has several, which differ where a number is the
 * key of a map.
 */
export interface GoNumber {
  readonly value: number;
  /** The exact digits of an integer; absent for a float. */
  readonly digits?: string;
  /** Whether Go can read it as a uint64 only. */
  readonly unsigned?: boolean;
}

/** The value of a scalar. */
export type GoScalar = string | boolean | null | GoNumber;

/** Whether a scalar is a number. */
export function isGoNumber(scalar: unknown): scalar is GoNumber {
  return typeof scalar === 'object' && scalar !== null;
}

const WORDS: ReadonlyMap<string, boolean | null> = new Map([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map((word) => [word, true] as const),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map((word) => [word, false] as const),
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
]);

const NOT_FINITE = /^(?:([-+]?)\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const INTEGER = /^([-+]?)(?:(0[bB][01]+)|0[oO]?([0-7]+)|(0[xX][0-9a-fA-F]+)|(0|[1-9][0-9]*))$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;
const MAX_UINT64 = 2n ** 64n - 1n;

/**
 * What sigs.k8s.io/yaml, with which kubectl and Flux read YAML, makes of a scalar without quotes and without a tag. It follows
 * neither YAML 1.1 nor 1.2: `0644` is octal and `no` is false as in 1.1, `0o17` is octal as in 1.2, and `1:30` is a
 * string as in 1.2.
 */
export function resolvePlain(text: string): GoScalar {
  switch (text.charCodeAt(0)) {
    case 0x2e /* . */:
      // Go is stricter about underscores here.
      return notFinite(text) ?? (/(?<!\d)_|_(?!\d)/.test(text) ? text : (float(text.replaceAll('_', '')) ?? text));
    case 0x2b /* + */:
    case 0x2d /* - */:
      return notFinite(text) ?? numberOf(text) ?? text;
    default: {
      const first = text.charCodeAt(0);
      if (first >= 0x30 && first <= 0x39) return numberOf(text) ?? text;
      const word = text.length <= 5 ? WORDS.get(text) : undefined;
      return word === undefined ? text : word;
    }
  }
}

function notFinite(text: string): GoNumber | undefined {
  const match = NOT_FINITE.exec(text);
  if (match === null) return undefined;
  const [, sign] = match;
  if (sign === undefined) return { value: Number.NaN };
  return { value: sign === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY };
}

function numberOf(text: string): GoNumber | undefined {
  const plain = text.replaceAll('_', '');
  return integer(plain) ?? float(plain);
}

function integer(plain: string): GoNumber | undefined {
  // Go takes a sign after 0b too.
  const [, sign = '', binary, octal, hex, decimal] =
    INTEGER.exec(plain) ?? (/^0b[-+][01]+$/.test(plain) ? ['', plain.charAt(2), `0b${plain.slice(3)}`] : []);
  const text = binary ?? (octal === undefined ? (hex ?? decimal) : `0o${octal}`);
  if (text === undefined) return undefined;
  if (text.length <= 12) {
    const value = Number(text);
    // There is no integer -0.
    return {
      value: sign === '-' && value !== 0 ? -value : value,
      digits: `${sign === '-' && value !== 0 ? '-' : ''}${value}`,
    };
  }
  const exact = sign === '-' ? -BigInt(text) : BigInt(text);
  const number = { value: Number(exact), digits: exact.toString() };
  if (exact >= MIN_INT64 && exact <= MAX_INT64) return number;
  return exact > 0n && exact <= MAX_UINT64 && sign === '' ? { ...number, unsigned: true } : undefined;
}

/** A float; `undefined` for other texts and for what is too large: that is a string in Go. */
function float(plain: string): GoNumber | undefined {
  if (!FLOAT.test(plain)) return undefined;
  const value = Number(plain);
  return Number.isFinite(value) ? { value } : undefined;
}

/** The text of a float as a key of a map: the fewest digits that tell it from other float32, in Go's notation. */
export function printFloatKey(value: number): string {
  if (Number.isNaN(value)) return '.nan';
  const single = Math.fround(value);
  if (!Number.isFinite(single)) return single > 0 ? '.inf' : '-.inf';
  if (single === 0) return Object.is(single, -0) ? '-0' : '0';
  let precision = 1;
  while (Math.fround(Number(single.toPrecision(precision))) !== single) precision++;
  const [digits = '', exponent = ''] = single.toExponential(precision - 1).split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) return Number(single.toPrecision(precision)).toString();
  return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}
