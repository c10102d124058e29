import { quote } from '../errors';
import { nextJson } from './json-stream';
import { readYaml } from './yaml/read-yaml';
import { YamlFault } from './yaml/yaml-fault';

/** A document of a file. */
export interface ManifestDocument {
  /** Offset in the file where the text of the document begins. */
  readonly offset: number;
  readonly text: string;
  /** Whether nothing follows it in the file. */
  readonly isLast: boolean;
  /**
   * Its value; null if it has no content.
   * @throws YamlFault with an offset in the text of the document
   */
  read(): unknown;
}

/**
 * Divides a file into its documents as kubectl does. A file that begins with `{` is a sequence of JSON values, with or
 * without lines between them; from where it is not, and in every other file, a line that begins with `---` separates YAML
 * documents, wherever it is.
 *
 * @throws YamlFault with an offset in the file
 */
export function* splitDocuments(file: string): Generator<ManifestDocument> {
  let offset = 0;
  if (/^\s*\{/.test(file)) {
    for (let count = 0; ; count++) {
      const found = nextJson(file, offset);
      if (found === 'end') return;
      if (found === undefined) {
        if (count > 1) throw invalidJson(file, skipSpace(file, offset));
        break;
      }
      const { start, end, read } = found;
      offset = end;
      yield { offset: start, text: file.slice(start, end), isLast: file.slice(end).trim() === '', read };
    }
    offset += /^[^\S\n]*\n?/.exec(file.slice(offset))?.[0].length ?? 0;
  }
  yield* splitYaml(file, offset);
}

function* splitYaml(file: string, from: number): Generator<ManifestDocument> {
  let start = from;
  while (true) {
    const separator = findSeparator(file, start);
    const end = separator ?? file.length;
    yield yamlDocument(file, start, end, separator === undefined);
    if (separator === undefined) return;
    start = endOfSeparator(file, separator);
  }
}

function yamlDocument(file: string, start: number, end: number, isLast: boolean): ManifestDocument {
  const text = file.slice(start, end);
  return { offset: start, text, isLast, read: () => readYaml(text === '' || text.endsWith('\n') ? text : `${text}\n`) };
}

function findSeparator(file: string, from: number): number | undefined {
  if (file.startsWith('---', from)) return from;
  const found = file.indexOf('\n---', from);
  return found === -1 ? undefined : found + 1;
}

/** kubectl reads nothing but a comment on the line of a separator. */
function endOfSeparator(file: string, separator: number): number {
  const end = file.indexOf('\n', separator);
  const rest = file.slice(separator + 3, end === -1 ? file.length : end).trim();
  if (rest !== '' && !rest.startsWith('#')) {
    throw new YamlFault(`text after ---, which kubectl refuses: ${quote(rest)}; write it on the next line`, separator);
  }
  return end === -1 ? file.length : end + 1;
}

function invalidJson(file: string, offset: number): YamlFault {
  const isBegun = /^[{[]/.test(file.slice(offset));
  return new YamlFault('invalid JSON after several JSON documents', offset, undefined, isBegun);
}

function skipSpace(file: string, offset: number): number {
  return offset + (/^\s*/.exec(file.slice(offset))?.[0].length ?? 0);
}
