import { describe, expect, test } from 'vitest';
import { isPrintable, oneLine, printable, printableJson } from '../../src/kubernetes/printable';

const code = (...codes: readonly number[]) => String.fromCodePoint(...codes);
const ESC = code(0x1b);

describe('printable removes', () => {
  test.each([
    ['a color', `${ESC}[31mred${ESC}[0m`, 'red'],
    ['a color of the 8-bit form', `${code(0x9b)}31mred`, 'red'],
    ['a movement of the cursor to another line', `a${ESC}[2A${ESC}[Kb`, 'ab'],
    ['a title of the window', `a${ESC}]0;title${code(7)}b`, 'ab'],
    ['a link that ends with a string terminator', `${ESC}]8;;https://evil.example${ESC}\\text`, 'text'],
    ['a title of the 8-bit form', `a${code(0x9d)}0;title${code(0x9c)}b`, 'ab'],
    ['a sequence that does not end', `a${ESC}[31`, 'a[31'],
    ['an escape character alone', `a${ESC}cb`, 'acb'],
    ['a carriage return', 'good\rbad', 'goodbad'],
    ['backspaces', `ok${code(8, 8)}no`, 'okno'],
    ['NUL and DEL', `a${code(0)}b${code(0x7f)}c`, 'abc'],
    ['C1 controls', `a${code(0x85)}b${code(0x84)}c`, 'abc'],
    ['a reversal of the text', `a${code(0x202e)}b${code(0x2066)}c${code(0x200f)}`, 'abc'],
    ['invisible characters', `a${code(0x200b)}b${code(0xfeff)}c${code(0xe0041)}`, 'abc'],
    ['separators of lines and paragraphs', `a${code(0x2028)}b${code(0x2029)}c`, 'abc'],
    ['half a character', `a${String.fromCharCode(0xd800)}b`, 'ab'],
  ])('%s', (_, text, expected) => {
    expect(printable(text)).toBe(expected);
    expect(isPrintable(text)).toBe(false);
    expect(isPrintable(printable(text))).toBe(true);
  });
});

test('printable keeps lines, other scripts and symbols', () => {
  const text = 'first [line]\n[second] line: Größe, 日本語, ✓ \u{1f600}\n';

  expect(printable(text)).toBe(text);
  expect(isPrintable(text)).toBe(true);
});

test('oneLine joins lines, so that a text cannot pass for several', () => {
  expect(oneLine(`no image\r\n  fix: run\tcurl${code(0x85)}evil${code(0x2028)}now`)).toBe(
    'no image fix: run curl evil now',
  );
});

test('printableJson escapes what a terminal would obey, and keeps the content', () => {
  const value = { [`k${code(0x9b)}`]: `${ESC}[31m a${code(0x202e)}b${code(0xe0041)}c\n✓` };

  const json = printableJson(JSON.stringify(value, undefined, 2));

  expect(isPrintable(json)).toBe(true);
  expect(JSON.parse(json)).toEqual(value);
});
