import 'reflect-metadata';
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509';
import { describe, expect, test } from 'vitest';
import { requestedUser } from '../../src/migration/request-subject';
import { createRequest } from '../../src/signing';
import { keyPair } from '../pki/support/certificates';
import { acceptedUsers } from '../support/users';

const requestFor = async (name: Record<string, string[]>[]) => {
  const keys = await keyPair();
  const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' };
  return (await Pkcs10CertificateRequestGenerator.create({ name, keys, signingAlgorithm })).toString('pem');
};

describe('the user that a request is for', () => {
  test.each(acceptedUsers)('is the one that it was made for: %s', async (user) => {
    expect(requestedUser((await createRequest({ user })).request)).toBe(user);
  });

  test.each<readonly [what: string, subject: Record<string, string[]>[]]>([
    ['a group beside the user', [{ O: ['system:masters'] }, { CN: ['reader'] }]],
    ['two names', [{ CN: ['reader'] }, { CN: ['writer'] }]],
    ['two names in one place', [{ CN: ['reader', 'writer'] }]],
    ['no name', [{ O: ['reader'] }]],
  ])('is nobody if its subject has %s', async (_, name) => {
    expect(requestedUser(await requestFor(name))).toBeUndefined();
  });

  test.each(['', 'reader', '-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n'])(
    'is nobody if it is no request: %j',
    (pem) => {
      expect(requestedUser(pem)).toBeUndefined();
    },
  );
});
