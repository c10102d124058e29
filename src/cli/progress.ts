import { WaitReports } from '../cluster/wait-reports';
import { type EggtoothError, isError } from '../errors';
import { clearLine, hasLine, say, showLine } from './streams';

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
  /** When the wait began. */
  private since?: number;
  private clock?: NodeJS.Timeout;
  private readonly waits = new WaitReports(say);

  /** Called with each step. */
  readonly step = (step: string): void => {
    this.waits.end();
    this.since = undefined;
    this.show(step);
  };

  /** Called with a reason to wait, as long as it lasts. */
  readonly wait = (reason: string, error?: EggtoothError): void => {
    const isShown = this.since !== undefined && reason === this.last;
    this.since ??= performance.now();
    if (!isShown) this.show(reason);
    if (hasLine()) return;
    this.waits.add(reason, isError(error, 'ERR_EGGTOOTH_UNREACHABLE') ? UNREACHABLE_PAUSES : WAIT_PAUSES);
  };

  /** Shows nothing any longer. */
  end(): void {
    clearInterval(this.clock);
    clearLine();
  }

  private show(text: string): void {
    this.last = text;
    if (!hasLine()) return;
    clearInterval(this.clock);
    this.clock = setInterval(() => this.draw(), 1000).unref();
    this.draw();
  }

  private draw(): void {
    const seconds = this.since === undefined ? 0 : Math.floor((performance.now() - this.since) / 1000);
    showLine(this.last, seconds > 0 ? ` (${seconds} s)` : '');
  }
}

/** The progress of the command of this process. */
export const progress = new Progress();
