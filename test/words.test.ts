import { describe, expect, test } from 'vitest';
import { banned } from './support/words/banned';
import { files } from './support/words/files';
import { findBanned, findBannedInFile } from './support/words/find-banned';
import { proseOf } from './support/words/prose';

describe('the texts of the repository', () => {
  test('use the words of the field', () => {
    const found = files().flatMap((file) => findBannedInFile(file, banned).map((one) => `${file}:${one}`));

    expect(found).toEqual([]);
  });
});

describe('the check of the words', () => {
  test('reports the line, the word and what to write', () => {
    expect(findBanned('A reader.\nThe road to it.\n', banned)).toEqual(['2: road: write chart source']);
  });

  test('finds a phrase in any case, and across the end of a line', () => {
    expect(findBanned('It waits For\never.', banned)).toEqual(['1: For ever: write indefinitely']);
    expect(findBanned(proseOf('/**\n * It waits for\n * ever.\n */\n// for\n// ever'), banned)).toEqual([
      '2: for ever: write indefinitely',
      '5: for ever: write indefinitely',
    ]);
  });

  test('reads the comments and strings of code, and no other part of it', () => {
    const code = [
      'const doomed = life; // doomed',
      `say('the doomed', \`doomed \${doomed} doomed\`);`,
      "say('for', 'ever'); /* doomed */",
    ].join('\n');

    expect(findBanned(proseOf(code), banned).map((one) => one.split(':')[0])).toEqual(['1', '2', '2', '2', '3']);
  });

  test.each([
    'The crossroads.',
    'An escape hatch.',
    'Proof of possession of the key.',
    'The end of life of a release.',
    'go mod tidy',
    "Flux's source-controller, and Flux.",
    'a long-standing bug, in place of it',
    "@default 'flux'",
  ])('accepts: %s', (text) => {
    expect(findBanned(text, banned)).toEqual([]);
  });

  test('finds every word of the list', () => {
    for (const word of banned.flatMap(({ words }) => words))
      expect(findBanned(`One ${word} more.`, banned), word).not.toEqual([]);
  });
});
