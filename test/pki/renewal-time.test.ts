import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { renewalTime } from '../../src/pki/renewal-time';

const DAY = 86_400_000;
const notBefore = new Date('2030-01-01T00:00:00Z');
const certificate = { notBefore, notAfter: new Date(notBefore.getTime() + 100 * DAY) };

/** Share of the duration after which the certificate of a Secret is due, in %. */
const shareOf = (uid: string) => (renewalTime(certificate, uid).getTime() - notBefore.getTime()) / DAY;

const uids = Array.from({ length: 10_000 }, () => randomUUID());

/** Runs a renewal job every hour until a Secret is due; returns the share of its duration at that run, in %. */
function hourly(uid: string): number {
  const due = renewalTime(certificate, uid);
  const phase = Number.parseInt(uid.slice(0, 8), 16) % 3_600_000;
  let clock = notBefore.getTime() + 69 * DAY + phase;
  while (new Date(clock) < due) clock += 3_600_000;
  return (clock - notBefore.getTime()) / DAY;
}

describe('renewalTime of 10 000 Secrets', () => {
  const shares = uids.map(shareOf);

  test('is never before 70 % of the duration, and never after 90 %', () => {
    expect(Math.min(...shares)).toBeGreaterThanOrEqual(70);
    expect(Math.max(...shares)).toBeLessThanOrEqual(90);
  });

  test('is spread evenly: each hundredth of the span has between 50 and 160 of them', () => {
    const counts = Array.from({ length: 100 }, (_, part) => {
      const start = 70 + part / 5;
      return shares.filter((share) => share >= start && share < start + 0.2).length;
    });

    expect(Math.min(...counts)).toBeGreaterThanOrEqual(50);
    expect(Math.max(...counts)).toBeLessThanOrEqual(160);
  });

  test('is met by an hourly renewal job, never early and at most an hour late', () => {
    for (const [index, uid] of uids.entries()) {
      const late = hourly(uid) - (shares[index] ?? Number.NaN);
      expect(late).toBeGreaterThanOrEqual(0);
      expect(late).toBeLessThanOrEqual(1 / 24 + 1e-9);
    }
  });

  test('is the same share of the duration for the next certificate, whatever its duration', () => {
    const start = new Date('2031-05-01T00:00:00Z');
    for (const [index, uid] of uids.entries()) {
      const next = { notBefore: start, notAfter: new Date(start.getTime() + DAY) };
      const share = ((renewalTime(next, uid).getTime() - start.getTime()) / DAY) * 100;
      expect(share).toBeCloseTo(shares[index] ?? Number.NaN, 3);
    }
  });
});
