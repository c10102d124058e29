import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compareVersions, parseConstraint, parseVersion } from '../../../src/signing/verify/version-constraint';

/** Written by tools/constraints with the library that Helm and Flux use. */
const { versions, constraints, results, order }: Table = JSON.parse(
  readFileSync('test/fixtures/version-constraints.json', 'utf8'),
);

interface Table {
  readonly versions: readonly string[];
  readonly constraints: readonly string[];
  /** For each constraint `invalid`, or for each version 1, 0, or - if it is not valid. */
  readonly results: Readonly<Record<string, string>>;
  /** How each version compares with each. */
  readonly order: readonly string[];
}

const parsed = versions.map(parseVersion);

describe('A constraint of a chart version', () => {
  test('matches the versions that it matches in Go', () => {
    const ours = constraints.map((constraint) => {
      const matches = parseConstraint(constraint);
      if (matches === undefined) return [constraint, 'invalid'];
      return [constraint, parsed.map((one) => (one === undefined ? '-' : matches(one) ? '1' : '0')).join('')];
    });

    expect(constraints.length).toBeGreaterThan(400);
    expect(Object.fromEntries(ours)).toEqual(results);
  });

  test.each([
    ['>=1.0.0-0', '1.1.0-rc.1', true],
    ['>=1.0.0', '1.1.0-rc.1', false],
    ['1.x', '1.9.3', true],
    ['~1.2', '1.3.0', false],
    ['^0', '0.9.0', true],
    ['^0.2', '0.3.0', false],
    ['>=1.0.0, <2.0.0 || 3', '3.4.5', true],
    ['1.0.0 - 2.0', '2.0.9', true],
    ['*', '1.0.0-0', false],
    ['=1.2.3', '1.2.3+build', true],
  ])('%j and %s: %s', (constraint, version, expected) => {
    const one = parseVersion(version);
    expect(one && parseConstraint(constraint)?.(one)).toBe(expected);
  });

  test('is refused beyond the lengths that Go takes', () => {
    expect(parseConstraint(`>=1.0.0${' '.repeat(512)}`)).toBeUndefined();
    expect(parseConstraint(Array(33).fill('1').join('||'))).toBeUndefined();
    expect(parseConstraint(Array(32).fill('1').join('||'))).toBeDefined();
    expect(parseVersion(`1.0.0+${'a'.repeat(251)}`)).toBeUndefined();
  });
});

test('Versions are ordered as in Go', () => {
  const ours = parsed.map((one) =>
    parsed
      .map((other) =>
        one === undefined || other === undefined ? '-' : '<=>'.charAt(Math.sign(compareVersions(one, other)) + 1),
      )
      .join(''),
  );

  expect(ours).toEqual(order);
});
