/** Numbers that follow from a seed, so that a failure can be repeated. */
export class Random {
  constructor(private state: number) {}

  /** A number from 0 up to a limit, which is not included. */
  below(limit: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }

  /** Whether something happens that does so once in a number of times. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)] as Item;
  }

  /** Texts one after the other, each picked from the items. */
  text(items: readonly string[], length: number): string {
    return Array.from({ length }, () => this.pick(items)).join('');
  }
}
