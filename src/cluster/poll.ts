import { setTimeout as sleep } from 'node:timers/promises';

/** The least that one call gets, in milliseconds: with less, no answer could come in time. */
const LEAST_CALL_TIMEOUT = 2000;

/** The moment at which a run ends, done or not. */
export class Deadline {
  private readonly end: number;

  /** @param timeout - how long the run may take, in milliseconds */
  constructor(readonly timeout: number) {
    this.end = Date.now() + timeout;
  }

  /** Milliseconds until then; 0 afterwards. */
  get left(): number {
    return Math.max(0, this.end - Date.now());
  }

  /** Timeout of one call, in milliseconds. */
  get callTimeout(): number {
    return Math.max(LEAST_CALL_TIMEOUT, this.left);
  }

  /**
   * Sleeps for a while.
   * @returns false, at once, if the run would be over by then
   */
  async pause(milliseconds: number): Promise<boolean> {
    if (this.left <= milliseconds) return false;
    await sleep(milliseconds);
    return true;
  }
}

/** The pauses between two looks, in milliseconds: they grow by half from the first to the longest. */
export interface PollPauses {
  /** @default 50 */
  readonly first?: number;
  /** @default 1000 */
  readonly longest?: number;
}

/**
 * Looks again and again until it is done or the deadline has come.
 * @returns what was seen last
 */
export async function poll<Seen>(
  deadline: Deadline,
  look: () => Promise<Seen>,
  isDone: (seen: Seen) => boolean,
  { first = 50, longest = 1000 }: PollPauses = {},
): Promise<Seen> {
  for (let pause = first; ; pause = Math.min(pause * 1.5, longest)) {
    const seen = await look();
    if (isDone(seen) || !(await deadline.pause(pause))) return seen;
  }
}
