/** Finds the lines of offsets in a text, which are asked for in ascending order. */
export class Lines {
  private offset = 0;
  private line = 1;

  constructor(private readonly text: string) {}

  at(offset: number): number {
    for (let next = this.text.indexOf('\n', this.offset); next !== -1 && next < offset; ) {
      this.line++;
      this.offset = next + 1;
      next = this.text.indexOf('\n', this.offset);
    }
    return this.line;
  }
}

/** Line and column of an offset in a text, for people. */
export function printPosition(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}
