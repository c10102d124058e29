import { describe, expect, test } from 'vitest';
import { readYaml } from '../../../src/kubernetes/yaml/read-yaml';
import { YamlFault } from '../../../src/kubernetes/yaml/yaml-fault';

// What Go reads is tested with Go in test/e2e/yaml-as-go-reads-it.test.ts.

describe('readYaml gives the value that kubectl reads', () => {
  test.each<readonly [string, unknown]>([
    ['0400', 256],
    ['0644', 420],
    ['-0644', -420],
    ['0o17', 15],
    ['09', 9],
    ['0b101', 5],
    ['0x1F', 31],
    ['1_000', 1000],
    ['_1', '_1'],
    ['1e3', 1000],
    ['.5', 0.5],
    ['1.', 1],
    ['1e400', '1e400'],
    ['1:30', '1:30'],
    ['12:30:45', '12:30:45'],
    ['2001-01-01', '2001-01-01'],
    ['no', false],
    ['Off', false],
    ['y', true],
    ['yEs', 'yEs'],
    ['~', null],
    ['NULL', null],
    ['nUll', 'nUll'],
    ['9007199254740991', 9007199254740991],
    ['1000000000000000000', 1e18],
    ['"no"', 'no'],
    ["'0644'", '0644'],
    ['!!str 0644', '0644'],
    ['!!int "0644"', 420],
    ['!!float 1', 1],
    ['!!binary aGVsbG8=', 'hello'],
    ['!own 12', '12'],
    ['<<', '<<'],
  ])('%s is %j', (text, value) => {
    expect(readYaml(`a: ${text}\n`)).toEqual({ a: value });
  });

  test.each<readonly [string, string]>([
    ['n', 'false'],
    ['On', 'true'],
    ['0644', '420'],
    ['1.50', '1.5'],
    ['1e6', '1e+06'],
    ['18446744073709551616', '1.8446744e+19'],
    ['9007199254740993', '9007199254740993'],
    ['"n"', 'n'],
    ['2001-01-01', '2001-01-01'],
  ])('the key %s is %j', (key, name) => {
    expect(readYaml(`${key}: 1\n`)).toEqual({ [name]: 1 });
  });

  test('merges the maps of a merge key where it is: keys before it are replaced, keys after it replace', () => {
    const base = 'base: &base {a: base, b: base}\nother: &other {b: other, c: other}\n';

    expect(readYaml(`${base}x:\n  a: own\n  <<: *base\n  b: own\n`)).toHaveProperty('x', { a: 'base', b: 'own' });
    expect(readYaml(`${base}x: {<<: [*base, *other]}\n`)).toHaveProperty('x', { a: 'base', b: 'base', c: 'other' });
    expect(readYaml(`${base}x: {<<: {a: 1}, c: 2}\n`)).toHaveProperty('x', { a: 1, c: 2 });
    expect(readYaml(`${base}x: {"<<": *base}\n`)).toHaveProperty('x', { '<<': { a: 'base', b: 'base' } });
  });

  test('takes many aliases of one anchor', () => {
    const text = `a: &a {name: x, values: [1, 2, 3]}\nlist:\n${'- *a\n'.repeat(5000)}`;

    expect(readYaml(text)).toHaveProperty('list', Array(5000).fill({ name: 'x', values: [1, 2, 3] }));
  });

  test('an alias means the last anchor before it', () => {
    expect(readYaml('- &a 1\n- *a\n- &a 2\n- *a\n')).toEqual([1, 1, 2, 2]);
    expect(readYaml('- &a [1]\n- &b [*a]\n- &a [2]\n- *b\n')).toEqual([[1], [[1]], [2], [[1]]]);
  });

  test('takes keys with special names as they are', () => {
    const value = readYaml('{__proto__: {a: 1}, constructor: 2, toString: 3, hasOwnProperty: 4}\n') as object;

    expect(Object.keys(value)).toEqual(['__proto__', 'constructor', 'toString', 'hasOwnProperty']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(JSON.stringify(value)).toContain('"__proto__":{"a":1}');
    const merged = readYaml('a: &a {__proto__: {b: 1}}\nc: {<<: *a}\n') as { readonly c: object };
    expect(Object.keys(merged.c)).toEqual(['__proto__']);
  });

  test('reads lines that end in CR LF, and lines with tabs between tokens', () => {
    expect(readYaml('a: |\r\n  x\r\n  y\r\nb:\t1\t# c\r\n')).toEqual({ a: 'x\ny\n', b: 1 });
  });

  test.each(['', '\n', '# nothing\n', '...\n', '  \n# c\n'])('null for a document without content: %j', (text) => {
    expect(readYaml(text)).toBeNull();
  });
});

describe('readYaml refuses', () => {
  test.each<readonly [what: string, text: string, offset: number, says: string]>([
    ['a number that loses digits', 'a: 9007199254740993\n', 3, 'the number 9007199254740993 has more digits'],
    ['the largest number of Go', '- 18446744073709551615\n', 2, 'the number 18446744073709551615 has more digits'],
    ['a hexadecimal number that does', 'a: 0x7fffffffffffffff\n', 3, 'the number 9223372036854775807 has'],
    ['infinity', 'a: .inf\n', 3, 'Kubernetes has no number Infinity'],
    ['no number', 'a: .NaN\n', 3, 'Kubernetes has no number NaN'],
    ['a null key', '~: 1\n', 0, 'a key of a map is null'],
    ['a missing key', ': 1\n', 0, 'a key of a map is null'],
    ['a list as a key', '? [a]\n: 1\n', 2, 'a key of a map is a map or a list itself'],
    ['a template', 'a: {{ .Values.a }}\n', 4, 'put templates such as {{ a }} in quotes'],
    ['an alias of a map as a key', 'a: &a {b: 1}\n*a : 1\n', 13, 'a key of a map is a map or a list itself'],
    ['equal keys of different types', '1: a\n"1": b\n', 5, 'the key 1 is given twice'],
    ['an anchor in itself', 'a: &a [*a]\n', 7, 'the value of the anchor &a contains itself'],
    ['a merge of a list', 'a: &a [1]\nb: {<<: *a}\n', 18, 'the merge key << needs a map'],
    ['a tag that does not fit', 'a: !!int x\n', 9, 'the value is no !!int'],
    ['a date', 'a: !!timestamp 2001-01-01\n', 15, 'the tag !!timestamp is not supported'],
    ['binary data', 'a: !!binary gA==\n', 12, 'the !!binary value is no text'],
    ['no base64', 'a: !!binary "?"\n', 12, 'the value is no base64'],
    ['text after the end of a document', 'a: 1\n...\nb: 2\n', 9, 'kubectl ignores what follows ...'],
    ['a directive', '# first\n%YAML 1.1\na: 1\n', 8, 'kubectl refuses directives'],
    ['a control character', 'a: \u0007\n', 3, 'the character U+0007 is not allowed'],
    ['a line separator', 'a: "x\u2028y"\n', 5, 'the character U+2028 is not allowed'],
    ['a byte order mark in the middle', 'a: 1\n\ufeffb: 2\n', 4, 'the character U+FEFF is not allowed'],
    ['a question mark that begins a key in YAML 1.1', 'a: [?b]\n', 4, 'put the value in quotes'],
    ['a colon that YAML 1.1 takes for text', 'a: [b:]\n', 4, 'kubectl needs a space after the colon'],
    ['spaces after a value with an indentation indicator', 'a: |1\n  b\n   \n', 3, 'remove the spaces'],
  ])('%s', (_, text, offset, says) => {
    const error = faultOf(text);

    expect(error.reason).toContain(says);
    expect(error.offset).toBe(offset);
  });

  test('aliases that expand exponentially, in little time', () => {
    const lines = Array.from({ length: 40 }, (_, index) => `k${index + 1}: &a${index + 1} [*a${index}, *a${index}]\n`);

    expect(faultOf(`k0: &a0 [1, 2]\n${lines.join('')}`).reason).toBe('aliases expand to more than kubectl reads');
  });

  test('collections that are nested too deeply', () => {
    expect(faultOf(`a: ${'['.repeat(20_000)}`)).toBeInstanceOf(YamlFault);
  });
});

function faultOf(text: string): YamlFault {
  try {
    readYaml(text);
  } catch (error) {
    if (error instanceof YamlFault) return error;
    throw error;
  }
  throw new Error('expected a YamlFault');
}
