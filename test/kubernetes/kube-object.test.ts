import { expect, test } from 'vitest';
import { type KubeObject, printReference, referenceTo } from '../../src/kubernetes/kube-object';

function role(metadata: KubeObject['metadata']): KubeObject {
  return { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata, rules: [] };
}

test.each([
  { metadata: { name: 'a', namespace: 'b' }, prints: 'Role b/a' },
  { metadata: { name: 'a' }, prints: 'Role a' },
  { metadata: JSON.parse('{"name":"a","namespace":null}'), prints: 'Role a' },
  { metadata: { generateName: 'a-', namespace: 'b' }, prints: 'Role b/a-*' },
  { metadata: {}, prints: 'Role (unnamed)' },
])('printReference prints an object with $metadata as $prints', ({ metadata, prints }) => {
  expect(printReference(referenceTo(role(metadata)))).toBe(prints);
});

test('referenceTo returns only what distinguishes an object from all others', () => {
  expect(referenceTo(role({ name: 'a', namespace: 'b', labels: { c: 'd' } }))).toEqual({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    namespace: 'b',
    name: 'a',
  });
});
