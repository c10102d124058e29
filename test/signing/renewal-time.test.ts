import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { renewalTime } from '../../src/signing/standing';

const DAY = 86_400_000;
const notBefore = new Date('2030-01-01T00:00:00Z');
const notAfter = new Date(notBefore.getTime() + 100 * DAY);
const fingerprintOf = (text: string) => createHash('sha256').update(text).digest('hex');
const certificate = (fingerprint: string) => ({ pem: '', fingerprint, notBefore, notAfter });

/** Day of a certificate's life, of 100, on which it is renewed. */
const dayOf = (fingerprint: string) => (renewalTime(certificate(fingerprint)).getTime() - notBefore.getTime()) / DAY;

describe('renewalTime', () => {
  it.each([
    ['earliest', '0'.repeat(64), 70],
    ['in the midst', `7fffffff${'0'.repeat(56)}`, 80],
    ['latest', 'f'.repeat(64), 90],
  ])('is at %s for the fingerprint %s: %i %% of life', (_, fingerprint, percent) => {
    expect(dayOf(fingerprint)).toBeCloseTo(percent, 5);
  });

  it('lies between 70 and 90 % of life for any certificate', () => {
    const days = Array.from({ length: 1000 }, (_, index) => dayOf(fingerprintOf(`${index}`)));

    expect(Math.min(...days)).toBeGreaterThanOrEqual(70);
    expect(Math.max(...days)).toBeLessThanOrEqual(90);
  });

  it('is spread: of 1000 certificates, each tenth of the span has between 50 and 150', () => {
    const tenths = Array.from({ length: 10 }, () => 0);
    for (let index = 0; index < 1000; index++) {
      const tenth = Math.floor((dayOf(fingerprintOf(`${index}`)) - 70) / 2);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }

    expect(Math.min(...tenths)).toBeGreaterThan(50);
    expect(Math.max(...tenths)).toBeLessThan(150);
  });

  it('is the same each time for one certificate', () => {
    const fingerprint = fingerprintOf('one');

    expect(renewalTime(certificate(fingerprint))).toEqual(renewalTime(certificate(fingerprint)));
  });
});
