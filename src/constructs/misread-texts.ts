import { Yaml } from 'cdk8s';
import { quote } from '../errors';
import { type KubeObject, printReference, referenceTo } from '../kubernetes/kube-object';
import { printable } from '../kubernetes/printable';
import { isGoNumber, resolvePlain } from '../kubernetes/yaml/go-scalar';
import { isMisread, needsEscape } from '../kubernetes/yaml/misread';

/** How kubectl reads a text that cdk8s writes; absent if it reads the text itself. */
const known = new Map<string, string | undefined>();

/**
 * An error for each text in an object, value or key, that cdk8s writes in a form that kubectl and Flux read as something
 * else. cdk8s puts in quotes what is no string in YAML 1.1. There `0o17` is one, but kubectl reads 15.
 */
export function misreadErrors(object: KubeObject): string[] {
  const about = printReference(referenceTo(object));
  return [...misreadings(object, '')].map(({ field, reading }) =>
    printable(
      `error: ${about} ${field}: ${reading}; fix: write the value in another way, because cdk8s does not quote it`,
    ),
  );
}

interface Misreading {
  readonly field: string;
  readonly reading: string;
}

function* misreadings(value: unknown, field: string): Generator<Misreading> {
  if (typeof value === 'string') {
    const reading = readingOf(value);
    if (reading !== undefined) yield { field, reading: `cdk8s writes ${printText(value)} so that kubectl ${reading}` };
  } else if (typeof value === 'number') {
    if (!Number.isFinite(value)) yield { field, reading: `cdk8s writes ${value}, which kubectl refuses` };
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, entry] of Object.entries(value)) {
      const isItem = Array.isArray(value);
      const below = isItem ? `${field}[${key}]` : `${field === '' ? '' : `${field}.`}${quote(key)}`;
      if (key === '<<') yield { field: below, reading: 'cdk8s writes the key << so that kubectl merges its value' };
      else if (!isItem) yield* misreadings(key, `${below} (the key)`);
      yield* misreadings(entry, below);
    }
  }
}

function readingOf(text: string): string | undefined {
  if (!isMisread(text)) return undefined;
  if (!known.has(text)) known.set(text, readingOfWritten(text, Yaml.stringify({ text })));
  return known.get(text);
}

function readingOfWritten(text: string, written: string): string | undefined {
  if (needsEscape(written)) return 'refuses it or reads a line break';
  if (/^text: [|>]/.test(written)) return 'refuses it or reads other white space';
  if (written !== `text: ${text}\n`) return undefined;
  const read = resolvePlain(text);
  if (read === text) return undefined;
  return `reads ${isGoNumber(read) ? (read.digits ?? read.value) : read}`;
}

function printText(text: string): string {
  return quote(JSON.stringify(text));
}
