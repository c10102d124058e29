import { readFileSync } from 'node:fs';
import type { Banned } from './banned';
import { proseOf } from './prose';

/** Each banned word of a file: in a document anywhere, in code in its comments and strings. */
export function findBannedInFile(file: string, banned: readonly Banned[]): readonly string[] {
  const text = readFileSync(file, 'utf8');
  if (!/[jt]s$/.test(file)) return findBanned(text, banned);
  // Most files have none of the words, and need no parser.
  const unmarked = text.replace(/^\s*(\/\/|\*)/gm, '');
  return findBanned(unmarked, banned).length === 0 ? [] : findBanned(proseOf(text), banned);
}

/** Each banned word of a text: the line, the word as it is there, and what to write. */
export function findBanned(text: string, banned: readonly Banned[]): readonly string[] {
  return banned
    .flatMap(({ words, write, except = [] }) => {
      const allowed = except.flatMap((phrase) => matches(text, phrase));
      return words
        .flatMap((word) => matches(text, word))
        .filter(({ start, end }) => !allowed.some((one) => one.start <= start && end <= one.end))
        .map((found) => ({ ...found, write }));
    })
    .sort((a, b) => a.start - b.start)
    .map(({ start, found, write }) => `${text.slice(0, start).split('\n').length}: ${found}: write ${write}`);
}

/** The places of a word or phrase, whatever its case, and also across the end of a line. */
function matches(text: string, phrase: string) {
  const pattern = phrase.split(' ').join('\\s+');
  return Array.from(text.matchAll(new RegExp(`(?<![\\w-])${pattern}(?![\\w-])`, 'gi')), ({ index, 0: found }) => ({
    start: index,
    end: index + found.length,
    found: found.replace(/\s+/g, ' '),
  }));
}
