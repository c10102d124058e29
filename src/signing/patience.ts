import { Deadline, poll } from '../cluster/poll';
import { EggtoothError, type ErrorCode } from '../errors';
import { type Check, printCheck } from './verify/check';
import type { PatientVerification } from './verify/verify-before-write';

/** Options for {@link Patience}. */
export interface PatienceOptions {
  /** How long to wait, in milliseconds. */
  readonly wait?: number;
  /** Called with each reason to wait that differs from the one before. */
  readonly onWait?: (reason: string) => void;
}

/** Errors about something that is only being applied or started, beside those that are retryable anyway. */
const MISSING: readonly ErrorCode[] = [
  'ERR_EGGTOOTH_POLICY',
  'ERR_EGGTOOTH_FORBIDDEN',
  'ERR_EGGTOOTH_UNAUTHORIZED',
  'ERR_EGGTOOTH_NOT_FOUND',
  'ERR_EGGTOOTH_VERIFICATION',
];

/** An attempt may leave a request, which the cluster deletes only after hours: attempts become rare. */
const PAUSES = { first: 250, longest: 30_000 };

/** Waits for what is missing in a cluster that is still being brought up. */
export class Patience {
  private readonly deadline: Deadline;
  private readonly onWait: (reason: string) => void;
  private last = '';

  constructor({ wait = 0, onWait = () => {} }: PatienceOptions) {
    this.deadline = new Deadline(wait);
    this.onWait = onWait;
  }

  /** Milliseconds that are left. */
  get left(): number {
    return this.deadline.left;
  }

  /** Repeats an attempt while something is missing. At the end, the last error is thrown. */
  async retry<Result>(attempt: () => Promise<Result>): Promise<Result> {
    const look = () =>
      attempt().then(
        (value) => ({ value }),
        (error: unknown) => ({ error }),
      );
    const outcome = await poll(this.deadline, look, (seen) => 'value' in seen || !isMissing(seen.error), {
      ...PAUSES,
      onWait: (seen) => {
        if ('error' in seen && isMissing(seen.error)) this.report(seen.error.message);
      },
    });
    if ('value' in outcome) return outcome.value;
    throw outcome.error;
  }

  /**
   * How long a new certificate is tried before it is written: not until it is due for renewal itself.
   * @param duration - of the certificate, in seconds, if that is known
   */
  verification(duration = Number.POSITIVE_INFINITY): PatientVerification {
    if (this.left === 0) return {};
    return {
      patience: Math.min(this.left, (duration * 1000) / 2),
      onRepeat: (checks: readonly Check[]) => {
        const failed = checks.find(({ ok }) => !ok);
        if (failed !== undefined) this.report(`${printCheck(failed)}: ${failed.detail}`);
      },
    };
  }

  private report(reason: string): void {
    if (reason === this.last || this.left === 0) return;
    this.last = reason;
    this.onWait(reason);
  }
}

function isMissing(error: unknown): error is EggtoothError {
  return error instanceof EggtoothError && (error.retryable || MISSING.includes(error.code));
}
