import { Document, Scalar, visit } from 'yaml';
import { isPrintable, printableJson } from '../printable';
import { isMisread } from './misread';

/**
 * Prints a value as YAML that kubectl, Flux and every other reader of YAML 1.1 or 1.2 read as the same value. What a
 * terminal would obey is escaped.
 */
export function printYaml(value: unknown): string {
  // JSON is YAML too, and can escape every character.
  if (!isPrintable(JSON.stringify(value))) return `${printableJson(JSON.stringify(value, undefined, 2))}\n`;
  const document = new Document(value, { compat: 'yaml-1.1', aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value === 'string' && isMisread(node.value)) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return document.toString({ lineWidth: 0 });
}
