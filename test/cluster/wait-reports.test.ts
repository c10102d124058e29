import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { WaitReports } from '../../src/cluster/wait-reports';

let now = 0;
beforeEach(() => {
  now = 1000;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** The lines that are reported while reasons are seen, each at its second. */
function linesOf(seen: readonly (readonly [second: number, reason: string])[], pauses = {}): readonly string[] {
  const lines: string[] = [];
  const reports = new WaitReports((line) => lines.push(line));
  for (const [second, reason] of seen) {
    now = 1000 + second * 1000;
    if (reason === 'end') reports.end();
    else reports.add(reason, pauses);
  }
  return lines;
}

describe('a wait is reported', () => {
  test('once for each reason, also if they alternate', () => {
    expect(
      linesOf([
        [0, 'a'],
        [1, 'b'],
        [2, 'a'],
        [3, 'b'],
        [29, 'a'],
      ]),
    ).toEqual(['a', 'b (1 s)']);
  });

  test('again after 30 s, with the time since it began', () => {
    expect(
      linesOf([
        [0, 'a'],
        [30, 'a'],
        [45, 'a'],
        [61, 'a'],
      ]),
    ).toEqual(['a', 'a (30 s)', 'a (61 s)']);
  });

  test('from its beginning after something has happened', () => {
    expect(
      linesOf([
        [0, 'a'],
        [20, 'end'],
        [25, 'a'],
      ]),
    ).toEqual(['a', 'a']);
  });

  test('only if it lasts, if that is asked for', () => {
    const pauses = { first: 5000, again: 60_000 };

    expect(
      linesOf(
        [
          [0, 'a'],
          [4, 'b'],
          [6, 'b'],
          [30, 'b'],
          [66, 'b'],
        ],
        pauses,
      ),
    ).toEqual(['b (6 s)', 'b (66 s)']);
  });
});
