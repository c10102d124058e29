import { printable } from '../kubernetes/printable';
import { progress } from './progress';

/** Writes to standard output. What comes from the cluster or from a bundle may be by anybody. */
export function writeOut(text: string): void {
  progress.clear();
  process.stdout.write(printable(text));
}

/** Reports something to people, on standard error. */
export function say(text: string): void {
  progress.clear();
  process.stderr.write(printable(`${text}\n`));
}
