import { describe, expect, test } from 'vitest';
import { parseTime, printTime, statedDuration } from '../../src/chain/certificate-duration';

describe('a time', () => {
  test.each([
    ['90s', 90],
    ['30d', 2_592_000],
    ['1h30m', 5400],
    ['1.5h', 5400],
    ['1.1h', 3960],
    ['.5m', 30],
    ['1.s', 1],
    ['1d12h', 129_600],
    ['500ms', 0.5],
    ['1m250ms', 60.25],
    ['1500000us', 1.5],
    ['2h45m30s', 9930],
    ['0', 0],
    ['0s', 0],
    ['8760h', 31_536_000],
  ])('%s has its seconds, as in Go, and days', (text, seconds) => {
    expect(parseTime(text)).toBe(seconds);
  });

  test.each([
    '',
    '3600',
    '1h30',
    'h',
    '1 h',
    '-1h',
    '1H',
    '1w',
    '1e3s',
    '1..5h',
    '1h ',
    'x1h',
    '.s',
    '300000000h',
    `${'9'.repeat(39)}s`,
  ])('%j is refused', (text) => {
    expect(parseTime(text)).toBeUndefined();
  });

  test.each(['30d', '36h', '90m', '61s'])('%s is printed as it is written', (text) => {
    expect(printTime(parseTime(text) ?? 0)).toBe(text);
  });
});

describe('the duration of a HelmRepository', () => {
  const stating = (duration: string) =>
    statedDuration({
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'HelmRepository',
      metadata: { name: 'a', annotations: { 'eggtooth.dev/certificate-duration': duration } },
    });

  test('is read as a flag is', () => {
    expect(stating('1h30m')).toBe(5400);
    expect(stating('7d')).toBe(604_800);
  });

  test('has whole seconds, and a unit', () => {
    expect(stating('1h500ms')).toMatchObject({ problem: 'invalid duration of a certificate: 3600.5 s' });
    expect(stating('5400')).toMatchObject({ fix: 'write numbers with units, such as 90s, 1h30m or 30d' });
  });
});
