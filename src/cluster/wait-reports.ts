/** How often a reason to wait is reported, in milliseconds. */
export interface WaitPauses {
  /**
   * How long a wait must last before it is reported.
   * @default 0
   */
  readonly first?: number;
  /**
   * After how long the same reason is reported again.
   * @default 30000
   */
  readonly again?: number;
}

/** Reports reasons to wait as lines, with the time since the wait began, and none of them over and over. */
export class WaitReports {
  private begun?: number;
  private readonly reportedAt = new Map<string, number>();

  constructor(private readonly report: (line: string) => void) {}

  /** Adds a reason that was just seen. */
  add(reason: string, { first = 0, again = 30_000 }: WaitPauses = {}): void {
    const now = performance.now();
    this.begun ??= now;
    const waited = now - this.begun;
    const last = this.reportedAt.get(reason);
    if (waited < first || (last !== undefined && now - last < again)) return;
    this.reportedAt.set(reason, now);
    const seconds = Math.floor(waited / 1000);
    this.report(seconds === 0 ? reason : `${reason} (${seconds} s)`);
  }

  /** Ends a wait: something has happened. */
  end(): void {
    this.begun = undefined;
    this.reportedAt.clear();
  }
}
