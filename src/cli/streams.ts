import { printable } from '../kubernetes/printable';

/** Writes to standard output. What comes from the cluster or from a bundle may be by anybody. */
export function writeOut(text: string): void {
  process.stdout.write(printable(text));
}

/** Reports something to people, on standard error. */
export function say(text: string): void {
  process.stderr.write(printable(`${text}\n`));
}
