import { setTimeout as sleep } from 'node:timers/promises';

const LEAST_PATIENCE = 2000;

/** The moment at which a run ends, be it done or not. */
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

  /** Milliseconds that one call may take: what is left, and never so little that no answer could come in time. */
  get patience(): number {
    return Math.max(LEAST_PATIENCE, this.left);
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
