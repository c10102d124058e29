import { expect, test } from 'vitest';
import { printYaml } from '../../../src/kubernetes/yaml/print-yaml';
import { readYaml } from '../../../src/kubernetes/yaml/read-yaml';

test.each(['no', 'y', 'Off', '0644', '0o17', '0b1', '1_000', '1:30', '~', '', '.inf', '<<', '1e3', ' \n', '\tx\n'])(
  'printYaml puts the text %j in quotes, as a value and as a key',
  (text) => {
    const printed = printYaml({ a: text, [text]: [text] });

    expect(printed).toMatch(/^a: ".*"\n".*":\n {2}- ".*"\n$/);
    expect(readYaml(printed)).toEqual({ a: text, [text]: [text] });
  },
);

test('printYaml leaves out quotes where no reader needs them', () => {
  expect(printYaml({ a: 'b c', n1: 1, on: true, list: ['x:y', null, 1.5, {}] })).toBe(
    'a: b c\nn1: 1\n"on": true\nlist:\n  - x:y\n  - null\n  - 1.5\n  - {}\n',
  );
});

test('printYaml escapes what a terminal obeys, and writes no alias', () => {
  const shared = { a: 1 };

  expect(printYaml({ a: '\u009b2J', b: '\u2028' })).toBe('{\n  "a": "\\u009b2J",\n  "b": "\\u2028"\n}\n');
  expect(printYaml([shared, shared])).toBe('- a: 1\n- a: 1\n');
});
