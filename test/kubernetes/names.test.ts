import { describe, expect, test } from 'vitest';
import { HOST_NAME, isDnsLabel, isDnsSubdomain, isPortName } from '../../src/kubernetes/names';

describe.each([
  {
    check: 'isDnsLabel',
    accepts: isDnsLabel,
    good: ['a', '0', 'a-b', 'a'.repeat(63)],
    bad: ['', '-a', 'a-', 'a.b', 'A', 'a\n', 'a'.repeat(64)],
  },
  {
    check: 'isDnsSubdomain',
    accepts: isDnsSubdomain,
    good: ['a', 'a.b-c.0', 'a'.repeat(253)],
    bad: ['', '.a', 'a.', 'a..b', 'a.-b', 'A.b', 'a_b', 'a\n', 'a'.repeat(254)],
  },
  {
    check: 'isPortName',
    accepts: isPortName,
    good: ['http', 'web-1', '8a'],
    bad: ['', '80', '-a', 'a-', 'a--b', 'HTTP', 'a'.repeat(64)],
  },
  {
    check: 'HOST_NAME',
    accepts: (text: string) => new RegExp(`^(?:${HOST_NAME})$`).test(text),
    good: ['localhost', 'API.Example.org', '10.0.0.1', 'a-b.c'],
    bad: ['', 'a..b', '-a', 'a-', 'a_b', 'a:1', '[::1]'],
  },
])('$check', ({ accepts, good, bad }) => {
  test.each(good)('accepts %j', (text) => {
    expect(accepts(text)).toBe(true);
  });

  test.each(bad)('rejects %j', (text) => {
    expect(accepts(text)).toBe(false);
  });
});
