import { beforeAll, describe, expect, test } from 'vitest';
import { certificateSigningRequest } from '../../../src/pki/certificate-signing-request';
import { createRequest } from '../../../src/pki/create-request';
import { summarizeRequest } from '../../../src/signing/request/request-summary';

interface Stored {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly spec: Readonly<Record<string, unknown>>;
}

let stored: Stored;
let other: string;
beforeAll(async () => {
  const [first, second] = [await createRequest({ user: 'reader' }), await createRequest({ user: 'reader' })];
  const metadata = { name: 'reader-1', uid: '00000000-0000-0000-0000-000000000001' };
  const { spec } = certificateSigningRequest({ ...first, metadata, expirationSeconds: 3600 });
  stored = { metadata, spec: { ...spec, username: 'alice' } };
  other = Buffer.from(second.request).toString('base64');
});

const digestOf = (object: Stored) => summarizeRequest(object, { users: ['reader'] }).summary.sha256;

describe('The SHA-256 that two people compare', () => {
  test('is the same for the same request, whatever its state', () => {
    const approved = { ...stored, status: { conditions: [{ type: 'Approved', status: 'True' }] } };

    expect(digestOf(stored)).toMatch(/^[0-9a-f]{64}$/);
    expect(digestOf(approved)).toBe(digestOf(stored));
  });

  test.each<readonly [what: string, change: () => Stored]>([
    ['uid', () => ({ ...stored, metadata: { ...stored.metadata, uid: '00000000-0000-0000-0000-000000000002' } })],
    ['creator', () => ({ ...stored, spec: { ...stored.spec, username: 'mallory' } })],
    ['duration', () => ({ ...stored, spec: { ...stored.spec, expirationSeconds: 36_000 } })],
    ['order of usages', () => ({ ...stored, spec: { ...stored.spec, usages: ['digital signature', 'client auth'] } })],
    ['key', () => ({ ...stored, spec: { ...stored.spec, request: other } })],
    ['missing duration', () => ({ ...stored, spec: { ...stored.spec, expirationSeconds: undefined } })],
  ])('is another one for another %s', (_, change) => {
    expect(digestOf(change())).not.toBe(digestOf(stored));
  });
});
