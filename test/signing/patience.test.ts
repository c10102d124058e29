import { describe, expect, test } from 'vitest';
import { EggtoothError, type ErrorCode } from '../../src/errors';
import { Patience } from '../../src/signing/patience';

const failing = (code: ErrorCode, retryable = false) => new EggtoothError(code, `fails with ${code}`, { retryable });

describe('with patience,', () => {
  test.each<[code: ErrorCode, retryable: boolean]>([
    ['ERR_EGGTOOTH_POLICY', false],
    ['ERR_EGGTOOTH_FORBIDDEN', false],
    ['ERR_EGGTOOTH_UNAUTHORIZED', false],
    ['ERR_EGGTOOTH_NOT_FOUND', false],
    ['ERR_EGGTOOTH_VERIFICATION', false],
    ['ERR_EGGTOOTH_UNREACHABLE', true],
    ['ERR_EGGTOOTH_API', true],
  ])('what fails with %s is tried again, and the reason is reported once', async (code, retryable) => {
    const reasons: string[] = [];
    const patience = new Patience({ wait: 60_000, onWait: (reason) => reasons.push(reason) });
    let attempts = 0;

    const result = patience.retry(async () => {
      attempts += 1;
      if (attempts < 3) throw failing(code, retryable);
      return 'done';
    });

    expect(await result).toBe('done');
    expect(attempts).toBe(3);
    expect(reasons).toEqual([`fails with ${code}`]);
  });

  test.each<ErrorCode>([
    'ERR_EGGTOOTH_CHAIN',
    'ERR_EGGTOOTH_OPTION',
    'ERR_EGGTOOTH_GENERATION',
    'ERR_EGGTOOTH_FOREIGN',
    'ERR_EGGTOOTH_CA',
    'ERR_EGGTOOTH_NO_SIGNER',
  ])('what fails with %s fails at once', async (code) => {
    const reasons: string[] = [];
    const patience = new Patience({ wait: 60_000, onWait: (reason) => reasons.push(reason) });
    let attempts = 0;
    const error = failing(code);

    const result = patience.retry(async () => {
      attempts += 1;
      throw error;
    });

    await expect(result).rejects.toBe(error);
    expect(attempts).toBe(1);
    expect(reasons).toEqual([]);
  });

  test('a certificate is tried until half of its duration is over, or the time to wait', () => {
    expect(new Patience({ wait: 3_600_000 }).verification(600).patience).toBe(300_000);
    const { patience = 0 } = new Patience({ wait: 60_000 }).verification(86_400);
    expect(patience).toBeGreaterThan(50_000);
    expect(patience).toBeLessThanOrEqual(60_000);
  });
});

test('without patience, nothing is tried again, and a certificate is tried for as long as by default', async () => {
  const patience = new Patience({});
  const error = failing('ERR_EGGTOOTH_POLICY');

  await expect(patience.retry(() => Promise.reject(error))).rejects.toBe(error);
  expect(patience.verification(600)).toEqual({});
});
