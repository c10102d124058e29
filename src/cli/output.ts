import { Option } from 'commander';
import { stringify } from 'yaml';

/** Forms of output. */
export type Format = 'text' | 'json' | 'yaml';

/** `-o`. */
export const outputOption = () =>
  new Option('-o, --output <format>', 'form of the output').choices(['text', 'json', 'yaml']);

/** Data as JSON or YAML, on standard output. */
export function printData(data: unknown, format: 'json' | 'yaml'): void {
  process.stdout.write(format === 'json' ? `${JSON.stringify(data, undefined, 2)}\n` : stringify(data));
}

/** Objects for kubectl: YAML documents, or one JSON object (a List if they are several). */
export function printObjects(objects: readonly object[], format: 'json' | 'yaml'): void {
  if (format === 'yaml') process.stdout.write(objects.map((object) => stringify(object)).join('---\n'));
  else printData(objects.length === 1 ? objects[0] : { apiVersion: 'v1', kind: 'List', items: objects }, 'json');
}
