/** What Go decodes a value into. */
export type Shape =
  | 'string'
  | 'boolean'
  | 'time'
  | 'any'
  | { readonly list: Shape }
  | { readonly values: Shape }
  | { readonly fields: Readonly<Record<string, Shape>> };

/** Why source-controller does not read an index. */
export class IndexFault extends Error {}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/**
 * Decodes a value as Go decodes it into a struct. Null is the same as no value. JSON may have fields that are not known; in
 * YAML they are refused, and a number or boolean counts as text where text is wanted.
 *
 * @throws IndexFault if Go would refuse it
 */
export function decode(value: unknown, shape: Shape, format: 'json' | 'yaml', path = ''): unknown {
  if (value === null || value === undefined || shape === 'any') return value;
  if (typeof shape === 'string') return decodeScalar(value, shape, format, path);
  if ('list' in shape) {
    if (!Array.isArray(value)) throw unfit(path, 'is not a list');
    return value.map((entry, index) => decode(entry, shape.list, format, `${path}[${index}]`) ?? null);
  }
  if (typeof value !== 'object' || Array.isArray(value)) throw unfit(path, 'is not a map');
  const decoded: [string, unknown][] = [];
  for (const [key, entry] of Object.entries(value)) {
    const at = path === '' ? key : `${path}.${key}`;
    if ('values' in shape) {
      decoded.push([key, decode(entry, shape.values, format, at)]);
      continue;
    }
    const field = fieldNamed(shape.fields, key);
    if (field === undefined && format === 'yaml') throw unfit(at, 'is a field that Helm does not know');
    if (field !== undefined) decoded.push([field[0], decode(entry, field[1], format, at) ?? undefined]);
  }
  return Object.fromEntries(decoded);
}

/** Go also takes a field that is written in another case. */
function fieldNamed(fields: Readonly<Record<string, Shape>>, key: string): readonly [string, Shape] | undefined {
  if (Object.hasOwn(fields, key) && fields[key] !== undefined) return [key, fields[key]];
  return Object.entries(fields).find(([name]) => name.toLowerCase() === key.toLowerCase());
}

function decodeScalar(value: unknown, shape: 'string' | 'boolean' | 'time', format: 'json' | 'yaml', path: string) {
  if (shape === 'boolean') {
    if (typeof value !== 'boolean') throw unfit(path, 'is not true or false');
    return value;
  }
  const isText = typeof value === 'string';
  const isWritable = format === 'yaml' && ['number', 'bigint', 'boolean'].includes(typeof value);
  if (!isText && !(shape === 'string' && isWritable)) throw unfit(path, 'is not a string');
  if (shape === 'time' && !TIME.test(`${value}`)) throw unfit(path, 'is not a time as in RFC 3339');
  return `${value}`;
}

function unfit(path: string, problem: string): IndexFault {
  return new IndexFault(path === '' ? `it ${problem}` : `${path} ${problem}`);
}
