import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const DOCUMENT = 'docs/threat-model.md';

/** Each test that the document names: `FILE`: "NAME", "NAME". */
const citations = Array.from(
  readFileSync(DOCUMENT, 'utf8').matchAll(/`(test\/[^`]+\.test\.ts)`: ((?:"[^"]+"(?:, )?)+)/g),
  ([, file = '', names = '']) => Array.from(names.matchAll(/"([^"]+)"/g), ([, name = '']) => [file, name] as const),
).flat();

/** What stands between the quotes of a test file, as it is named in a run. */
function namesIn(file: string): ReadonlySet<string> {
  const strings = readFileSync(file, 'utf8').matchAll(/'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`([^`]*)`/g);
  return new Set(Array.from(strings, ([, single, double, template]) => single ?? double ?? template ?? ''));
}

describe(DOCUMENT, () => {
  test('names a test for every attack of its tables', () => {
    const [, ...tables] = readFileSync(DOCUMENT, 'utf8').split('| attack | what stops it | test |\n|---|---|---|\n');
    const rows = tables.flatMap((table) => table.split('\n\n')[0]?.split('\n') ?? []).filter((row) => row !== '');

    expect(rows.length).toBeGreaterThan(25);
    for (const row of rows) expect(row).toMatch(/^\|[^|]+\|[^|]+\| `test\/[^|]+" \|$/);
  });

  test.each(citations)('%s has a test named: %s', (file, name) => {
    expect(namesIn(file)).toContain(name);
  });

  test('names every test in the form that is looked for', () => {
    const quoted = readFileSync(DOCUMENT, 'utf8').match(/"[^"]+"/g) ?? [];

    // One is no test: what "works against the shell" means.
    expect(citations.length).toBe(quoted.length - 1);
  });

  test('says what is not protected', () => {
    const [, limits = ''] = readFileSync(DOCUMENT, 'utf8').split('## What is not protected\n');

    expect(limits).toContain('plain HTTP');
    expect(limits).toContain('is open on its node');
  });
});
