import type { Crd } from './crds';

/**
 * What a CRD demands of the fields of its spec and the types of `cdk8s import` do not carry, as the text of a
 * TypeScript module that loads nothing: the constants `<prefix>Patterns` and, if there are any, `<prefix>MaxLengths`.
 * @throws Error of one line if the CRD has no pattern in that version
 */
export function printConstraints(crd: Crd | undefined, version: string, prefix: string): string {
  const schema = crd?.spec.versions.find(({ name }) => name === version)?.schema.openAPIV3Schema;
  const fields = Object.entries(schema?.properties?.spec?.properties ?? {});
  const patterns = fields.flatMap(([name, { pattern }]) => (pattern === undefined ? [] : [[name, quote(pattern)]]));
  const lengths = fields.flatMap(([name, { maxLength }]) => (maxLength === undefined ? [] : [[name, maxLength]]));
  if (crd === undefined || patterns.length === 0) throw new Error(`no CRD, or no pattern in it, for ${prefix}Patterns`);
  return [
    `/** Patterns of fields of spec in the CRD ${crd.metadata.name}, ${version}: each one is for new RegExp. */`,
    ...printConstant(`${prefix}Patterns`, patterns),
    ...(lengths.length === 0 ? [] : ['/** Greatest lengths of fields of spec, in characters. */']),
    ...(lengths.length === 0 ? [] : printConstant(`${prefix}MaxLengths`, lengths)),
    '',
  ].join('\n');
}

function printConstant(constant: string, entries: (string | number)[][]): string[] {
  return [`export const ${constant} = {`, ...entries.map(([name, value]) => `  ${name}: ${value},`), '} as const;'];
}

function quote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
