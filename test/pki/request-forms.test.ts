import 'reflect-metadata';
import { describe, expect, test } from 'vitest';
import { createRequest } from '../../src/pki/create-request';
import { requestForms } from '../../src/pki/request-forms';
import { acceptedUsers } from '../support/users';

/** `spec.request` as the signing step writes it. */
async function requestOf(user: string): Promise<string> {
  return Buffer.from((await createRequest({ user })).request).toString('base64');
}

const matching = (user: string, request: string) =>
  requestForms(user).filter(({ start, length }) => request.startsWith(start) && request.length === length);

const lengths = Array.from({ length: 64 }, (_, index) => index + 1);
/** Names that are PrintableStrings, and such that need UTF8String. */
const alphabets = ['a', 'Zz09.:/-', '_', '@', 'reader_@:'];

describe('the forms of a request', () => {
  test.each(lengths)('hold every request for a user of %i characters, in exactly one of them', async (length) => {
    for (const alphabet of alphabets) {
      const user = alphabet.repeat(length).slice(0, length);
      for (let count = 0; count < 4; count++) {
        expect(matching(user, await requestOf(user)), user).toHaveLength(1);
      }
    }
  });

  test.each(acceptedUsers)('hold the requests for %s', async (user) => {
    expect(matching(user, await requestOf(user))).toHaveLength(1);
  });

  test.each(lengths.filter((length) => length < 64))(
    'hold no request for another user: %i characters',
    async (length) => {
      const user = 'a'.repeat(length);
      for (const other of [`${user}a`, `${user.slice(1)}b`, `b${user.slice(1)}`, `${user.slice(1)}_`]) {
        expect(matching(user, await requestOf(other)), other).toEqual([]);
      }
    },
  );

  test.each(['RSA', 'Ed25519'] as const)(
    'hold no request with a key of kind %s',
    { timeout: 60_000 },
    async (algorithm) => {
      const { request } = await createRequest({ user: 'reader', algorithm });

      expect(matching('reader', Buffer.from(request).toString('base64'))).toEqual([]);
    },
  );

  test('are all different, and reach up to the key', () => {
    for (const length of lengths) {
      const forms = requestForms('a'.repeat(length));
      expect(new Set(forms.map(({ start }) => start)).size).toBe(forms.length);
      for (const { start } of forms) {
        const pem = Buffer.from(start, 'base64').toString('utf8');
        const body = pem.replace(/^.*\n/, '').replaceAll('\n', '');
        // The object id of P-256 is the last that may differ: what follows has the length that is left.
        expect(Buffer.from(body, 'base64').toString('hex')).toContain('06082a8648ce3d030107');
      }
    }
  });
});
