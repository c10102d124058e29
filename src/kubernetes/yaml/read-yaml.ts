import { type Document, parseAllDocuments } from 'yaml';
import { readValue } from './read-value';
import { YamlFault } from './yaml-fault';

/** Every scalar stays as it is written: its value follows from Go's rules. Keys are compared after that. */
const OPTIONS = { schema: 'failsafe', resolveKnownTags: false, uniqueKeys: false, prettyErrors: false } as const;

/**
 * Reads one YAML document with the values that kubectl and Flux read.
 *
 * @param text - a document without the lines `---` before and after it
 * @returns plain values as in JSON; null for a document without content
 * @throws YamlFault also for what kubectl reads, but cannot be read safely
 */
export function readYaml(text: string): unknown {
  refuseCharacters(text);
  const directive = /^(?:[^\S\n]*(?:#[^\n]*)?\n)*%/.exec(text)?.[0];
  if (directive !== undefined) {
    throw new YamlFault('kubectl refuses directives; remove the line that begins with %', directive.length - 1);
  }
  // kubectl reads a lone carriage return as a line break.
  const lines = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
  const [document, ...more] = parse(lines);
  if (document === undefined) return null;
  const [error] = document.errors;
  if (error !== undefined) throw new YamlFault(error.message, error.pos[0], undefined, true);
  const next = more.find(({ contents, errors }) => contents !== null || errors.length > 0);
  if (next !== undefined) {
    throw new YamlFault('kubectl ignores what follows ...; write --- instead', next.contents?.range?.[0] ?? 0);
  }
  return document.contents === null ? null : readValue(document.contents, lines);
}

function parse(text: string): Document.Parsed[] {
  const documents = parseAllDocuments(text, OPTIONS);
  return Array.isArray(documents) ? documents : [];
}

/** What kubectl refuses, and what it reads as a line break but YAML 1.2 does not. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is searched for
const REFUSED = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff\ud800-\udfff]|^\ufeff|\n\ufeff/u;

function refuseCharacters(text: string): void {
  const offset = text.search(REFUSED);
  if (offset === -1) return;
  const code = text.codePointAt(text.charAt(offset) === '\n' ? offset + 1 : offset) ?? 0;
  const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  throw new YamlFault(`the character ${name} is not allowed; write it in double quotes as an escape`, offset);
}
