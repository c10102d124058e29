import 'reflect-metadata';
import { describe, expect, test } from 'vitest';
import { createRequest } from '../../src/pki/create-request';
import { requestForms } from '../../src/pki/request-forms';
import { acceptedUsers } from '../support/users';

/** spec.request as the signing step writes it. */
async function requestOf(user: string): Promise<string> {
  return Buffer.from((await createRequest({ user })).request).toString('base64');
}

const matching = (user: string, request: string) =>
  requestForms(user).filter(({ start, length }) => request.startsWith(start) && request.length === length);

const lengths = Array.from({ length: 64 }, (_, index) => index + 1);
/** Characters of a PrintableString, and some that need a UTF8String. */
const alphabets = ['a', 'Zz09.:/-', '_', '@', 'reader_@:'];

describe('requestForms', () => {
  test.each(lengths)('has exactly one form for every request of a user with %i characters', async (length) => {
    for (const alphabet of alphabets) {
      const user = alphabet.repeat(length).slice(0, length);
      for (let count = 0; count < 4; count++) {
        expect(matching(user, await requestOf(user)), user).toHaveLength(1);
      }
    }
  });

  test.each(acceptedUsers)('has exactly one form for the requests of %s', async (user) => {
    expect(matching(user, await requestOf(user))).toHaveLength(1);
  });

  test.each(lengths.filter((length) => length < 64))(
    'has no form for the requests of another user, for a user with %i characters',
    async (length) => {
      const user = 'a'.repeat(length);
      for (const other of [`${user}a`, `${user.slice(1)}b`, `b${user.slice(1)}`, `${user.slice(1)}_`]) {
        expect(matching(user, await requestOf(other)), other).toEqual([]);
      }
    },
  );

  test.each(['RSA', 'Ed25519'] as const)(
    'has no form for a request with a key of kind %s',
    { timeout: 60_000 },
    async (algorithm) => {
      const { request } = await createRequest({ user: 'reader', algorithm });

      expect(matching('reader', Buffer.from(request).toString('base64'))).toEqual([]);
    },
  );

  test('returns forms that all differ and extend to the key', () => {
    for (const length of lengths) {
      const forms = requestForms('a'.repeat(length));
      expect(new Set(forms.map(({ start }) => start)).size).toBe(forms.length);
      for (const { start } of forms) {
        const pem = Buffer.from(start, 'base64').toString('utf8');
        const body = pem.replace(/^.*\n/, '').replaceAll('\n', '');
        // The curve is the last part that could differ; the rest is fixed by its length.
        expect(Buffer.from(body, 'base64').toString('hex')).toContain('06082a8648ce3d030107');
      }
    }
  });
});
