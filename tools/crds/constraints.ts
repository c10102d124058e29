import type { Crd } from './crds';
import type { Schema } from './schema';

/**
 * What a CRD demands of the fields of its spec and the types of `cdk8s import` do not carry, as the text of a
 * TypeScript module that loads nothing: the constants `<kind>Patterns` and, if there are any, `<kind>MaxLengths`. Of a
 * CRD with several versions the one that is stored counts.
 * @throws Error of one line if the CRD has no pattern
 */
export function printConstraints({ metadata, spec }: Crd): string {
  const version = spec.versions.find(({ storage }) => storage);
  const fields = fieldsBelow(version?.schema.openAPIV3Schema.properties?.spec ?? {});
  const patterns = fields.flatMap(([path, { pattern }]) => (pattern === undefined ? [] : [[path, quote(pattern)]]));
  const lengths = fields.flatMap(([path, { maxLength }]) => (maxLength === undefined ? [] : [[path, `${maxLength}`]]));
  if (patterns.length === 0) throw new Error(`the CRD ${metadata.name} has no pattern`);
  const prefix = spec.names.kind.replace(/^([A-Z]+(?=[A-Z])|[A-Z])/, (capitals) => capitals.toLowerCase());
  return [
    `/** Patterns of fields of spec in the CRD ${metadata.name}, ${version?.name}: each one is for new RegExp. */`,
    ...printConstant(`${prefix}Patterns`, patterns),
    ...(lengths.length === 0 ? [] : ['/** Greatest lengths of fields of spec, in characters. */']),
    ...(lengths.length === 0 ? [] : printConstant(`${prefix}MaxLengths`, lengths)),
    '',
  ].join('\n');
}

/** Every field with its path, such as `chart.spec.interval` or `sources[].alias`. */
function fieldsBelow(schema: Schema, path = ''): [path: string, field: Schema][] {
  const properties = Object.entries(schema.properties ?? {}).map(
    ([name, field]) => [path === '' ? name : `${path}.${name}`, field] as const,
  );
  const items = schema.items === undefined ? [] : [[`${path}[]`, schema.items] as const];
  return [...properties, ...items].flatMap(([child, field]) => [[child, field], ...fieldsBelow(field, child)]);
}

function printConstant(constant: string, entries: readonly (readonly string[])[]): string[] {
  const lines = entries.map(([path = '', value]) => `  ${/^\w+$/.test(path) ? path : quote(path)}: ${value},`);
  return [`export const ${constant} = {`, ...lines, '} as const;'];
}

function quote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
