import { Option } from 'commander';
import { printableJson } from '../kubernetes/printable';
import { printYaml } from '../kubernetes/yaml/print-yaml';
import { writeOut } from './streams';

/** Forms of a command's result. */
export type Format = 'text' | 'json' | 'yaml';

/** `-o`. */
export const outputOption = <Other extends string = never>(...others: readonly Other[]) =>
  new Option('-o, --output <format>', 'Format of the result')
    .choices(['text', 'json', 'yaml', ...others])
    .default('text');

/**
 * Prints the result of a command on standard output.
 * @param text - the result for people
 */
export function print<Result extends object>(result: Result, format: Format, text: (result: Result) => string): void {
  writeOut(toText[format](result, text));
}

const toText: Readonly<Record<Format, <Result>(result: Result, text: (result: Result) => string) => string>> = {
  text: (result, text) => text(result),
  json: toJson,
  yaml: printYaml,
};

function toJson(result: unknown): string {
  return `${printableJson(JSON.stringify(result, undefined, 2))}\n`;
}
