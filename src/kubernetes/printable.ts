/** Escape sequences of terminals, 7-bit and 8-bit. Without their first character, the rest of them would be visible. */
const SEQUENCES =
  /(?:(?!\n)\p{Cc}\[|\x9b)[0-?]*[ -/]*[@-~]|(?:(?!\n)\p{Cc}[\]PX^_]|[\x90\x98\x9d-\x9f])\P{Cc}*(?:(?!\n)\p{Cc}\\?)?/gu;

/**
 * Characters that a terminal does not show, but obeys: controls (C0, C1), format characters, which change the direction of
 * the text, and other separators of lines.
 */
const CONTROLS = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** A text of unknown origin without what could change a terminal. Its lines stay. */
export function printable(text: string): string {
  return text.replaceAll('\t', ' ').replace(SEQUENCES, '').replace(CONTROLS, '');
}

/** The same text on one line: a line of its own could pass for a line of eggtooth. */
export function oneLine(text: string): string {
  return printable(text.replace(/\s+|\x85/g, ' '));
}

/** A JSON text with the same content, in which nothing could change a terminal. */
export function printableJson(json: string): string {
  return json.replace(CONTROLS, (character) =>
    Array.from({ length: character.length }, (_, index) => `\\u${hex(character.charCodeAt(index))}`).join(''),
  );
}

/** Whether a text has something that could change a terminal. */
export function isPrintable(text: string): boolean {
  return text.search(CONTROLS) === -1;
}

function hex(code: number): string {
  return code.toString(16).padStart(4, '0');
}
