import 'reflect-metadata';
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509';
import { describe, expect, test } from 'vitest';
import { requestedUser } from '../../src/pki/check-request';
import { createRequest } from '../../src/pki/create-request';
import { acceptedUsers } from '../support/users';
import { keyPair } from './support/certificates';

const requestFor = async (name: Record<string, string[]>[]) => {
  const keys = await keyPair();
  const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' };
  return (await Pkcs10CertificateRequestGenerator.create({ name, keys, signingAlgorithm })).toString('pem');
};

describe('requestedUser', () => {
  test.each(acceptedUsers)('returns the user that a request was made for: %s', async (user) => {
    expect(requestedUser((await createRequest({ user })).request, ['another', user])).toBe(user);
  });

  test.each<readonly [what: string, subject: Record<string, string[]>[]]>([
    ['another user', [{ CN: ['other'] }]],
    ['a group besides the user', [{ O: ['system:masters'] }, { CN: ['reader'] }]],
    ['two names', [{ CN: ['reader'] }, { CN: ['writer'] }]],
    ['two names in one set', [{ CN: ['reader', 'writer'] }]],
    ['no name', [{ O: ['reader'] }]],
  ])('returns undefined if the subject is %s', async (_, name) => {
    expect(requestedUser(await requestFor(name), ['reader', 'writer'])).toBeUndefined();
  });

  test.each(['', 'reader', '-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n'])(
    'returns undefined for text that is not a request: %j',
    (pem) => {
      expect(requestedUser(pem, ['reader', ''])).toBeUndefined();
    },
  );
});
