import { describe, expect, test } from 'vitest';
import { newest, readIndex, selectVersion } from '../../../src/signing/verify/chart-index';
import { IndexFault } from '../../../src/signing/verify/decode-index';

const entry = (version: string, more = '') =>
  `\n  - name: demo\n    version: ${version}\n    urls: [demo-${version}.tgz]${more}`;
const indexOf = (...entries: readonly string[]) => `apiVersion: v1\nentries:\n  demo:${entries.join('')}\n`;
const versionsOf = (text: unknown) =>
  readIndex(text)
    .get('demo')
    ?.map(({ version }) => version);

describe('An index', () => {
  test('is read with the versions that Helm takes', () => {
    const text = indexOf(
      entry('1.0.0'),
      entry('v2'),
      entry('latest'),
      entry('1.1.0', '\n    type: plugin'),
      entry('1.2.0', '\n    maintainers: [null]'),
      '\n  - null',
    );

    expect(versionsOf(text)).toEqual(['1.0.0', 'v2']);
  });

  test.each([
    ['', 'it is empty'],
    ['<html></html>', 'it is not a map'],
    ['- a', 'it is not a map'],
    ['entries: {}', 'it has no apiVersion'],
    ['apiVersion: v1\nentries: []', 'entries is not a map'],
    ['apiVersion: v1\nentries: {demo: {}}', 'entries.demo is not a list'],
    ['apiVersion: v1\nentries: {}\nnotes: x', 'notes is a field that Helm does not know'],
    [indexOf(entry('1.0.0', '\n    created: yesterday')), 'entries.demo[0].created is not a time as in RFC 3339'],
    [indexOf(entry('1.0.0', '\n    keywords: cni')), 'entries.demo[0].keywords is not a list'],
    ['{"apiVersion": 1, "entries": {}}', 'apiVersion is not a string'],
  ])('%j is refused as Go refuses it: %s', (text, problem) => {
    expect(() => readIndex(text)).toThrow(new IndexFault(problem));
  });

  test('may have numbers and booleans for text in YAML, fields that nobody knows in JSON, and other cases of letters', () => {
    expect(versionsOf(indexOf(entry('1.0.0', '\n    appVersion: 1.10\n    engine: true')))).toEqual(['1.0.0']);
    const json = { APIVersion: 'v1', notes: 'x', Entries: { demo: [{ name: 'demo', version: '1.0.0', extra: 1 }] } };
    expect(versionsOf(JSON.stringify(json))).toEqual(['1.0.0']);
    expect(versionsOf(json)).toEqual(['1.0.0']);
  });
});

describe('The version that Flux selects', () => {
  const select = (constraint: string, ...versions: readonly string[]) => {
    const selected = selectVersion(
      readIndex(indexOf(...versions.map((one) => entry(one)))).get('demo') ?? [],
      constraint,
    );
    return typeof selected === 'object' ? selected.version : selected;
  };

  test.each([
    ['*', ['1.9.0', '1.10.0', '2.0.0-rc.1'], '1.10.0'],
    ['', ['1.9.0', '1.10.0'], '1.10.0'],
    ['>=2.0.0-0', ['1.9.0', '2.0.0-rc.1', '2.0.0-rc.2'], '2.0.0-rc.2'],
    ['2.0.0-rc.1', ['1.9.0', '2.0.0-rc.1'], '2.0.0-rc.1'],
    ['1.2', ['1.2', '1.2.9'], '1.2'],
    ['1.x', ['1.2', '2.0.0'], undefined],
    ['*', ['1.0.0-rc.1'], undefined],
    ['^3', ['1.0.0'], undefined],
    ['newest', ['1.0.0'], 'invalid'],
  ])('of %j in %j is %j', (constraint, versions, expected) => {
    expect(select(constraint, ...versions)).toBe(expected);
  });

  test('is the one that was created last among those that differ in build metadata only', () => {
    const at = (day: number) => `\n    created: 2026-01-0${day}T00:00:00Z`;
    const versions = readIndex(indexOf(entry('1.0.0+b', at(2)), entry('1.0.0+a', at(3)), entry('1.0.0+c'))).get('demo');

    expect(selectVersion(versions ?? [], '1.x')).toMatchObject({ version: '1.0.0+a' });
    expect(newest(versions ?? [])).toMatchObject({ version: '1.0.0+a' });
  });
});
