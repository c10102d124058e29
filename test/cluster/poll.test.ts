import { afterEach, describe, expect, test, vi } from 'vitest';
import { Deadline, poll } from '../../src/cluster/poll';

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a deadline', () => {
  test.each([
    ['an hour back', -3_600_000],
    ['an hour ahead', 3_600_000],
  ])('does not move when the clock is set %s', async (_, step) => {
    const deadline = new Deadline(60_000);
    const now = Date.now();
    vi.spyOn(Date, 'now').mockReturnValue(now + step);

    expect(deadline.left).toBeGreaterThan(50_000);
    expect(deadline.left).toBeLessThanOrEqual(60_000);
    await expect(
      poll(
        deadline,
        async () => 1,
        () => true,
      ),
    ).resolves.toBe(1);
  });

  test('comes after its time', () => {
    const now = performance.now();
    const clock = vi.spyOn(performance, 'now').mockReturnValue(now);
    const deadline = new Deadline(1000);
    clock.mockReturnValue(now + 999.5);
    expect(deadline.left).toBe(1);
    clock.mockReturnValue(now + 1001);

    expect(deadline.left).toBe(0);
  });
});

describe('a poll', () => {
  test('reports a result that another attempt follows, and not the last one', async () => {
    const [seen, waits]: [number[], number[]] = [[], []];
    const look = async () => seen.push(seen.length);

    const last = await poll(new Deadline(100), look, () => false, {
      first: 20,
      longest: 20,
      onWait: (one) => waits.push(one),
    });

    expect(seen.length).toBeGreaterThan(0);
    expect(last).toBe(seen.length);
    expect(waits).toEqual(seen.slice(0, -1).map((one) => one + 1));
  });

  test('reports nothing if the first attempt succeeds or no time is left', async () => {
    const onWait = vi.fn();
    const look = async () => 1;

    await poll(new Deadline(1000), look, () => true, { onWait });
    await poll(new Deadline(0), look, () => false, { onWait });

    expect(onWait).not.toHaveBeenCalled();
  });
});
