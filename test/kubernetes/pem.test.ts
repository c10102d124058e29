import { describe, expect, test } from 'vitest';
import { printPem, readOnePem, readPem } from '../../src/kubernetes/pem';

const CERTIFICATE = '-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----';
const KEY = '-----BEGIN PRIVATE KEY-----\naGVsbG8=\n-----END PRIVATE KEY-----';

describe('readPem', () => {
  test('returns every block in order, without the text around them', () => {
    expect(readPem(`# first\n${CERTIFICATE}\n\n# second\n${KEY}\n`)).toEqual([
      { label: 'CERTIFICATE', text: CERTIFICATE },
      { label: 'PRIVATE KEY', text: KEY },
    ]);
  });

  test('keeps the line ends of a block', () => {
    const text = CERTIFICATE.replaceAll('\n', '\r\n');

    expect(readPem(`${text}\r\n`)).toEqual([{ label: 'CERTIFICATE', text }]);
  });

  test.each([
    ['that has no end', '-----BEGIN CERTIFICATE-----\naGVsbG8=\n'],
    ['that ends with another label', CERTIFICATE.replace('END CERTIFICATE', 'END X')],
    ['that begins within a line', `x${CERTIFICATE}`],
    ['that ends within a line', `${CERTIFICATE}x`],
    ['that has a header', CERTIFICATE.replace('\n', '\nProc-Type: 4,ENCRYPTED\n\n')],
  ])('returns a block %s as incomplete, by its label', (_, text) => {
    expect(readPem(text)).toEqual([{ label: 'CERTIFICATE' }]);
  });

  test.each(['', 'hello', '/etc/kubernetes/ca.crt'])('finds no block in %j', (text) => {
    expect(readPem(text)).toEqual([]);
  });
});

describe('readOnePem', () => {
  test.each([CERTIFICATE, `${CERTIFICATE}\n`])('returns the base64 of one block alone: %j', (text) => {
    expect(readOnePem('CERTIFICATE', text)).toEqual({ base64: 'aGVsbG8=' });
  });

  test.each([
    ['', 'no PEM block'],
    [`${CERTIFICATE}\n\n`, 'other text or line ends beside it'],
    [CERTIFICATE.replaceAll('\n', '\r\n'), 'other text or line ends beside it'],
    [`${CERTIFICATE}\n${KEY}\n`, 'CERTIFICATE and PRIVATE KEY'],
    [KEY, 'PRIVATE KEY'],
    [CERTIFICATE.replaceAll('CERTIFICATE', '\u001b[2J'), '\\u{1b}[2J'],
  ])('says what %j holds instead', (text, found) => {
    expect(readOnePem('CERTIFICATE', text)).toEqual({ found });
  });
});

test('printPem prints lines of 64 characters, which readOnePem reads back', () => {
  const der = Buffer.alloc(100, 7);
  const text = printPem('CERTIFICATE', der);

  expect(text).toMatch(/^-----BEGIN CERTIFICATE-----\n.{64}\n.{64}\n.{8}\n-----END CERTIFICATE-----\n$/);
  expect(readOnePem('CERTIFICATE', text)).toEqual({ base64: der.toString('base64') });
});
