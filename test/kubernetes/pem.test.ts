import { describe, expect, test } from 'vitest';
import { areSameCas, printPem, readOnePem, readPem, splitCaBundle } from '../../src/kubernetes/pem';

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

describe('areSameCas', () => {
  const OTHER = CERTIFICATE.replace('aGVsbG8=', 'd29ybGQ=');
  const [one, two] = [`${CERTIFICATE}\n`, `${CERTIFICATE}\n${OTHER}\n`];

  test.each([
    ['line ends of Windows', two.replaceAll('\n', '\r\n')],
    ['another order', `${OTHER}\n${CERTIFICATE}\n`],
    ['comments', `# the first\n${CERTIFICATE}\n# the second\n${OTHER}\n`],
    ['a certificate twice', `${two}${CERTIFICATE}\n`],
    ['no line end', two.trimEnd()],
    ['empty lines', `\n${CERTIFICATE}\n\n\n${OTHER}\n\n`],
    ['other lines of base64', two.replace('aGVsbG8=', 'aGVs\nbG8=')],
  ])('takes %s for the same', (_, bundle) => {
    expect(areSameCas(bundle, two)).toBe(true);
    expect(areSameCas(two, bundle)).toBe(true);
  });

  test.each([
    ['one certificate less', one],
    ['another certificate', `${CERTIFICATE}\n${OTHER.replace('d29', 'e29')}\n`],
    ['nothing', ''],
    ['text', 'the CA'],
    ['a block that is no certificate', `${two}${KEY}\n`],
    ['an incomplete block', `${two}-----BEGIN CERTIFICATE-----\n`],
  ])('does not take %s for the same', (_, bundle) => {
    expect(areSameCas(bundle, two)).toBe(false);
    expect(areSameCas(two, bundle)).toBe(false);
  });

  test('compares texts without any certificate as they are', () => {
    expect(areSameCas('', '')).toBe(true);
    expect(areSameCas('one', 'two')).toBe(false);
  });
});

test('splitCaBundle returns the same text for a certificate with other line ends', () => {
  expect(splitCaBundle(`${CERTIFICATE.replaceAll('\n', '\r\n')}\r\n${KEY}\n${CERTIFICATE}`)).toEqual([
    CERTIFICATE,
    CERTIFICATE,
  ]);
});
