import { setTimeout as sleep } from 'node:timers/promises';

/** The shortest timeout of a call, in milliseconds: no answer would arrive in less. */
const LEAST_CALL_TIMEOUT = 2000;

/** The moment at which a run must end, on a clock that nobody sets. */
export class Deadline {
  private readonly start = performance.now();

  /** @param timeout - how long the run may take, in milliseconds */
  constructor(readonly timeout: number) {}

  /** Milliseconds since the run began. */
  get elapsed(): number {
    return performance.now() - this.start;
  }

  /** Whole milliseconds until the deadline; 0 after it. */
  get left(): number {
    return Math.max(0, Math.ceil(this.timeout - this.elapsed));
  }

  /** Timeout of one call, in milliseconds. */
  get callTimeout(): number {
    return Math.max(LEAST_CALL_TIMEOUT, this.left);
  }
}

/** Options for {@link poll}. Each pause is half as long again as the one before, up to the longest; in milliseconds. */
export interface PollOptions<Seen> {
  /** @default 50 */
  readonly first?: number;
  /** @default 1000 */
  readonly longest?: number;
  /** Called before each pause with the result that is not done. After the last attempt there is no pause. */
  readonly onWait?: (seen: Seen) => void;
}

/**
 * Repeats `look` until its result is done or the deadline comes.
 * @returns the last result
 */
export async function poll<Seen>(
  deadline: Deadline,
  look: () => Promise<Seen>,
  isDone: (seen: Seen) => boolean,
  { first = 50, longest = 1000, onWait }: PollOptions<Seen> = {},
): Promise<Seen> {
  for (let pause = first; ; pause = Math.min(pause * 1.5, longest)) {
    const seen = await look();
    if (isDone(seen) || deadline.left <= pause) return seen;
    onWait?.(seen);
    await sleep(pause);
  }
}
