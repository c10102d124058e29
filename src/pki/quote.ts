/** A text that a stranger may have written, fit for a terminal: printable ASCII, and not for pages. */
export function quote(text: string): string {
  const plain = text.replace(/[^ -~]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
  return plain.length > 200 ? `${plain.slice(0, 200)}...` : plain;
}
