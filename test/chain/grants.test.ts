import { expect, test } from 'vitest';
import { readBindings, usersOf } from '../../src/chain/grants';

const binding = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'RoleBinding',
  metadata: { name: 'reader', namespace: 'platform' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
  subjects: [
    { kind: 'User', name: 'reader' },
    { kind: 'ServiceAccount', name: 'reader:g2', namespace: 'platform' },
    { kind: 'Group', name: 'readers' },
    { kind: 'User', name: 'reader:g3' },
  ],
};

test('usersOf returns the subjects of kind User, and no ServiceAccount or Group of the same name', () => {
  expect(usersOf(binding)).toEqual(['reader', 'reader:g3']);
  expect(usersOf({ ...binding, subjects: undefined })).toEqual([]);
});

test('readBindings returns users and groups by the role that they are bound to', () => {
  expect([...readBindings([binding])]).toEqual([
    ['Role/reader', [{ object: binding, users: ['reader', 'reader:g3'], groups: ['readers'] }]],
  ]);
});
