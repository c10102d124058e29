import { printable } from '../kubernetes/printable';

/** Replaces the line of the terminal that the cursor is in. */
const REPLACE_LINE = '\r\u001b[2K';

let isLineShown = false;

/** Writes to standard output. What comes from the cluster or from a bundle may be by anybody. */
export function writeOut(text: string): void {
  clearLine();
  process.stdout.write(printable(text));
}

/** Warns people, on standard error. */
export function warn(text: string): void {
  say(`warning: ${text}`);
}

/** Reports something to people, on standard error. */
export function say(text: string): void {
  clearLine();
  process.stderr.write(printable(`${text}\n`));
}

/** Whether {@link showLine} has a terminal to show a line on. */
export function hasLine(): boolean {
  return process.stderr.isTTY && process.env.TERM !== 'dumb';
}

/**
 * Shows a line on the terminal of standard error until something else is written there. It is cut to the width of the
 * terminal, because only one line can be replaced.
 * @param end - shown in any case
 */
export function showLine(text: string, end = ''): void {
  const [first = ''] = printable(text).split('\n');
  const room = (process.stderr.columns || 80) - 1 - end.length;
  const line = first.length > room ? `${first.slice(0, Math.max(0, room - 3))}...` : first;
  process.stderr.write(`${REPLACE_LINE}${line}${end}`);
  isLineShown = true;
}

/** Removes the line that {@link showLine} has shown. */
export function clearLine(): void {
  if (isLineShown) process.stderr.write(REPLACE_LINE);
  isLineShown = false;
}
