import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { admissionPolicy, admissionPolicyBinding } from '../../../src/constructs/certificate/admission-policy';
import { repositoryRestriction, secretRestriction } from '../../../src/constructs/certificate/write-restrictions';

test('the fixture with the permissions of a requester has the policy that restricts its writes', () => {
  const documents = parseAllDocuments(readFileSync('test/fixtures/rbac/requester.yaml', 'utf8'));
  const name = 'eggtooth-requester';
  const secrets = ['eggtooth-system', 'eggtooth-shop'].map((namespace) => ({ namespace, name: 'assets-tls' }));
  const restrictions = [secretRestriction(secrets, undefined), repositoryRestriction];

  expect(documents.slice(0, 2).map((document): unknown => document.toJS())).toEqual([
    admissionPolicy({ name, username: 'certificate-requester', restrictions }),
    admissionPolicyBinding({ name }),
  ]);
});

test.each([
  ['no CA', undefined, false],
  ['a CA', '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----', true],
])('a restriction with %s pins ca.crt to it, as it is written', (_, certificateAuthority, isPinned) => {
  const { validations } = secretRestriction([{ namespace: 'platform', name: 'tls' }], certificateAuthority);

  const pem = `${certificateAuthority}\n`;
  const pins = validations.filter(({ expression }) => expression.includes(Buffer.from(pem).toString('base64')));
  expect(pins).toHaveLength(isPinned ? 1 : 0);
  expect(validations.some(({ message }) => message.includes('ca.crt would not be'))).toBe(isPinned);
});

test.each([
  [1, 1],
  [2, 3],
  [4, 15],
  [5, 6],
])('a restriction with %i CA certificates allows the %i values of ca.crt that may be written', (count, values) => {
  const blocks = Array.from({ length: count }, (_, index) => {
    return `-----BEGIN CERTIFICATE-----\n${'MIIB'.repeat(index + 1)}\n-----END CERTIFICATE-----\n`;
  });
  const { validations } = secretRestriction([{ namespace: 'platform', name: 'tls' }], blocks.join(''));

  const { expression = '' } = validations.find(({ message }) => message.includes('ca.crt would not be')) ?? {};
  const allowed = Array.from(expression.matchAll(/'(LS0t[^']*)'/g), ([, base64 = '']) =>
    Buffer.from(base64, 'base64').toString(),
  );
  expect(new Set(allowed).size).toBe(values);
  expect(allowed).toEqual(expect.arrayContaining([blocks.join(''), ...blocks]));
});
