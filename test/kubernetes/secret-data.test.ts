import { describe, expect, test } from 'vitest';
import { withSecretData } from '../../src/kubernetes/secret-data';

const secret = (fields: object) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' }, ...fields });

describe('withSecretData', () => {
  test.each([
    ['as base64 of UTF-8', { stringData: { a: 'ü' } }, { data: { a: 'w7w=' } }],
    [
      'over the same key of data',
      { data: { a: 'eA==', b: 'eQ==' }, stringData: { a: 'z' } },
      { data: { a: 'eg==', b: 'eQ==' } },
    ],
    ['of a null as nothing, as Go reads it', { stringData: { a: null } }, { data: { a: '' } }],
    ['that is empty as nothing', { stringData: {} }, {}],
    ['that is null as nothing', { data: { a: 'eA==' }, stringData: null }, { data: { a: 'eA==' } }],
    ['beside a data that is null', { data: null, stringData: { a: 'x' } }, { data: { a: 'eA==' } }],
  ])('returns stringData %s', (_, fields, expected) => {
    expect(withSecretData(secret(fields))).toEqual(secret(expected));
  });

  test.each([
    ['a number', { stringData: { a: 1 } }],
    ['a list', { stringData: ['a'] }],
    ['a text', { stringData: 'a' }],
  ])('leaves %s to the API server, which rejects it', (_, fields) => {
    expect(withSecretData(secret(fields))).toEqual(secret(fields));
  });

  test('changes no other kind', () => {
    const other = { ...secret({ stringData: { a: 'b' } }), apiVersion: 'example.org/v1' };
    expect(withSecretData(other)).toBe(other);
  });
});
