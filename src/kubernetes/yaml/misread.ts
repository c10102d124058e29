import { resolvePlain } from './go-scalar';

/** Characters that kubectl refuses or takes for line breaks unless they are escaped. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is searched for
const ESCAPED = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]|[^\P{Cs}]/u;
/** Lines of white space, which YAML takes for empty, and a tab where a block scalar finds its indentation. */
const BLANK = /(?:^|\n)[ \t]+(?:\n|$)|^\n* *\t/;

/** Whether a text means something else where YAML has no quotes around it. */
export function isMisread(text: string): boolean {
  return resolvePlain(text) !== text || text === '<<' || needsEscape(text) || BLANK.test(text);
}

/** Whether a text has characters that YAML can only have as escapes. */
export function needsEscape(text: string): boolean {
  return ESCAPED.test(text);
}
