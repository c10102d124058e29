import { type GoScalar, isGoNumber, resolvePlain } from './go-scalar';

const PREFIX = 'tag:yaml.org,2002:';

/** The value of a scalar with a tag, or why Go does not read it. */
export type TaggedScalar = { readonly scalar: GoScalar } | { readonly refused: string };

/** What Go makes of a scalar with a tag, with or without quotes. It reads a scalar with a tag that it does not know as a string. */
export function resolveTagged(tag: string, text: string): TaggedScalar {
  const name = tag.startsWith(PREFIX) ? tag.slice(PREFIX.length) : '';
  if (name === 'binary') return decode(text);
  // Go reads it as a string, if it has one of four forms.
  if (name === 'timestamp') return { refused: 'the tag !!timestamp is not supported' };
  if (!['bool', 'int', 'float', 'null'].includes(name)) return { scalar: text };
  const scalar = resolvePlain(text);
  if (name === 'float' && isGoNumber(scalar) && scalar.unsigned !== true) return { scalar: { value: scalar.value } };
  return typeOf(scalar) === name ? { scalar } : { refused: `the value is no !!${name}` };
}

function typeOf(scalar: GoScalar): string {
  if (scalar === null) return 'null';
  if (isGoNumber(scalar)) return scalar.digits === undefined ? 'float' : 'int';
  return typeof scalar === 'boolean' ? 'bool' : 'str';
}

function decode(text: string): TaggedScalar {
  const base64 = text.replace(/[\r\n]/g, '');
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.toString('base64') !== base64) return { refused: 'the value is no base64' };
  const scalar = bytes.toString();
  // JSON has no binary data: Go would replace what is no text.
  if (!Buffer.from(scalar).equals(bytes)) return { refused: 'the !!binary value is no text' };
  return { scalar };
}
