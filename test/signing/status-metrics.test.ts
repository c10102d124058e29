import { describe, expect, test } from 'vitest';
import type { ReaderStatus } from '../../src/signing/status';
import { statusMetrics } from '../../src/signing/status-metrics';
import { readExposition } from '../support/exposition';

const GOOD = {
  namespace: 'platform',
  name: 'assets-tls',
  user: 'reader:g2',
  generation: 2,
  fingerprint: 'ab'.repeat(32),
  notBefore: '2026-01-01T00:00:00.000Z',
  notAfter: '2027-01-01T00:00:00.000Z',
  daysLeft: 200,
  renewAt: '2026-10-01T00:00:00.000Z',
  due: false,
};
const READER: ReaderStatus = {
  user: 'reader:g2',
  generation: 2,
  secrets: [GOOD, { namespace: 'shop', name: 'assets-tls', problem: 'does not exist' }],
  same: true,
  problems: ['Secret shop/assets-tls: does not exist'],
  warnings: [],
};
const now = new Date('2026-06-01T00:00:00Z');

/** `METRIC NAMESPACE` to the value. */
function values(text: string): Readonly<Record<string, number>> {
  return Object.fromEntries(
    readExposition(text).map(({ name, labels, value }) => [`${name} ${labels.namespace ?? ''}`.trim(), value]),
  );
}

describe('statusMetrics', () => {
  test('prints a valid exposition, and of a missing Secret only that it is not good', () => {
    expect(values(statusMetrics([READER], { now }))).toEqual({
      'eggtooth_certificate_good platform': 1,
      'eggtooth_certificate_good shop': 0,
      'eggtooth_certificate_due platform': 0,
      'eggtooth_certificate_generation platform': 2,
      'eggtooth_certificate_not_before_timestamp_seconds platform': Date.UTC(2026, 0, 1) / 1000,
      'eggtooth_certificate_not_after_timestamp_seconds platform': Date.UTC(2027, 0, 1) / 1000,
      'eggtooth_certificate_renewal_timestamp_seconds platform': Date.UTC(2026, 9, 1) / 1000,
      eggtooth_reader_generation: 2,
      eggtooth_reader_problems: 1,
      eggtooth_status_timestamp_seconds: now.getTime() / 1000,
    });
  });

  test('escapes the user, the namespace and the name of the Secret in labels', () => {
    const user = 'a"b\\c\nd';
    const [sample] = readExposition(statusMetrics([{ ...READER, user }], { now }));

    expect(sample?.labels).toEqual({ user, namespace: 'platform', secret: 'assets-tls' });
  });

  test('prints the samples of several readers together for each metric', () => {
    const readers = ['one', 'two', 'three'].map((user) => ({ ...READER, user }));

    expect(readExposition(statusMetrics(readers, { now })).length).toBe(3 * 9 + 1);
  });

  test('omits a metric without samples', () => {
    const missing = { ...READER, secrets: READER.secrets.slice(1) };

    expect(statusMetrics([missing], { now })).not.toContain('not_after');
    expect(() => readExposition(statusMetrics([missing], { now }))).not.toThrow();
  });
});

describe('readExposition refuses', () => {
  const head = '# HELP a b\n# TYPE a gauge\n';

  test.each([
    ['no newline at the end', `${head}a 1`],
    ['a sample without TYPE', '# HELP a b\na 1\n'],
    ['the same labels twice', `${head}a{x="1"} 1\na{x="1"} 2\n`],
    ['a quote that is not escaped', `${head}a{x="1"2"} 1\n`],
    ['a value that is not a number', `${head}a one\n`],
    ['a timestamp', `${head}a 1 2\n`],
    ['a name with a dash', '# HELP a-b c\n# TYPE a-b gauge\na-b 1\n'],
    ['samples of one metric that are not together', `${head}a 1\n# HELP b c\n# TYPE b gauge\nb 1\na{x="1"} 1\n`],
    ['an empty line', `${head}\na 1\n`],
  ])('%s', (_, text) => {
    expect(() => readExposition(text)).toThrow();
  });
});
