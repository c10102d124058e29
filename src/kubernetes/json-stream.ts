import { readYaml } from './yaml/read-yaml';
import { YamlFault } from './yaml/yaml-fault';

/** A JSON value in a text. */
export interface FoundJson {
  readonly start: number;
  readonly end: number;
  /** @throws YamlFault with an offset in the value's text */
  readonly read: () => unknown;
}

const TOKEN = /[\s,:]*(?:"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|([{[])|([}\]])|(-?\d[-+.\deE]*)|(true|false|null))/sy;

/**
 * Finds the JSON value that begins after white space at an offset: values may follow each other with nothing between
 * them. `undefined` if there is none, which may still be YAML.
 */
export function nextJson(text: string, offset: number): FoundJson | 'end' | undefined {
  const start = offset + (/^[ \t\r\n]*/.exec(text.slice(offset))?.[0].length ?? 0);
  if (start === text.length) return 'end';
  const scan = scanValue(text, start);
  if (scan === undefined) return undefined;
  const source = text.slice(start, scan.end);
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch {
    return undefined;
  }
  const read = () => {
    const hasTwice = countKeys(value) !== scan.keys;
    return hasTwice || scan.isRisky ? strict(source, value, hasTwice) : value;
  };
  return { start, end: scan.end, read };
}

/** Finds the end of a value, and what JSON.parse does not tell: how many keys it has, and whether numbers may lose digits. */
function scanValue(text: string, start: number): { end: number; keys: number; isRisky: boolean } | undefined {
  let depth = 0;
  let keys = 0;
  let isRisky = false;
  TOKEN.lastIndex = start;
  for (let token = TOKEN.exec(text); token !== null; token = TOKEN.exec(text)) {
    const [, colon, opening, closing, number = ''] = token;
    if (colon !== undefined) keys++;
    if (opening !== undefined) depth++;
    if (closing !== undefined) depth--;
    isRisky ||= number.length > 15 || /e/i.test(number);
    if (depth <= 0 && colon === undefined) return { end: TOKEN.lastIndex, keys, isRisky };
  }
  return undefined;
}

function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const values = Object.values(value);
  return values.reduce((sum: number, field) => sum + countKeys(field), Array.isArray(value) ? 0 : values.length);
}

/** JSON.parse takes the last of equal keys and rounds numbers. JSON is YAML, whose reader refuses both by name and line. */
function strict(source: string, value: unknown, hasTwice: boolean): unknown {
  // Within JSON, a tab can only be between values.
  readYaml(source.replaceAll('\t', ' '));
  if (hasTwice) throw new YamlFault('a key is given twice', 0);
  if (!isKept(value)) throw new YamlFault('a number is too large', 0);
  return value;
}

function isKept(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  return typeof value !== 'object' || value === null || Object.values(value).every(isKept);
}
