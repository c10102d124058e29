import { WaitReports } from '../cluster/wait-reports';
import { type EggtoothError, isError } from '../errors';
import { printable } from '../kubernetes/printable';

/** Replaces the line of the terminal that the cursor is in. */
const REPLACE_LINE = '\r\u001b[2K';

/** When a wait is reported where there is no terminal, in milliseconds. A server that does not answer is likely a mistake. */
const WAIT_PAUSES = { first: 30_000, again: 60_000 };
const UNREACHABLE_PAUSES = { first: 5000, again: 60_000 };

/**
 * What a command does now, on standard error. On a terminal it is one line that each step replaces, and that is gone
 * before anything else is printed. Elsewhere, such as in the log of a CI job, only waits are reported that last.
 */
class Progress {
  /** The last step, or the last reason to wait. */
  last = 'none';
  private since = 0;
  private isWaiting = false;
  private isShown = false;
  private clock?: NodeJS.Timeout;
  private readonly waits = new WaitReports((line) => this.print(printable(`${line}\n`)));

  /** Called with each step. */
  readonly step = (step: string): void => {
    this.waits.end();
    this.isWaiting = false;
    this.show(step);
  };

  /** Called with a reason to wait, as long as it lasts. */
  readonly wait = (reason: string, error?: EggtoothError): void => {
    if (!isTerminal()) {
      this.last = reason;
      this.waits.add(reason, isError(error, 'ERR_EGGTOOTH_UNREACHABLE') ? UNREACHABLE_PAUSES : WAIT_PAUSES);
    } else if (!this.isWaiting || reason !== this.last) {
      if (!this.isWaiting) this.since = performance.now();
      this.isWaiting = true;
      this.show(reason);
    }
  };

  /** Removes the line, so that something else can be printed. */
  clear(): void {
    clearInterval(this.clock);
    if (this.isShown) this.print(REPLACE_LINE);
    this.isShown = false;
  }

  private show(text: string): void {
    this.last = text;
    if (!isTerminal()) return;
    clearInterval(this.clock);
    this.clock = setInterval(() => this.draw(), 1000).unref();
    this.draw();
  }

  private draw(): void {
    const seconds = Math.floor((performance.now() - this.since) / 1000);
    const time = this.isWaiting && seconds > 0 ? ` (${seconds} s)` : '';
    const [first = ''] = printable(this.last).split('\n');
    const room = (process.stderr.columns || 80) - 1 - time.length;
    const line = first.length > room ? `${first.slice(0, room - 3)}...` : first;
    this.print(`${REPLACE_LINE}${line}${time}`);
    this.isShown = true;
  }

  private print(text: string): void {
    process.stderr.write(text);
  }
}

function isTerminal(): boolean {
  return process.stderr.isTTY && process.env.TERM !== 'dumb';
}

/** The progress of the command of this process. */
export const progress = new Progress();
