import { describe, expect, test } from 'vitest';
import { EVERYBODY, isBound, readBindings, usersOf } from '../../src/rights/role-bindings';

const binding = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'RoleBinding',
  metadata: { name: 'reader', namespace: 'platform' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
  subjects: [
    { kind: 'User', name: 'reader' },
    { kind: 'ServiceAccount', name: 'reader:g2', namespace: 'team-a' },
    { kind: 'ServiceAccount', name: 'local' },
    { kind: 'Group', name: 'readers' },
    { kind: 'User', name: 'reader:g3' },
  ],
};
const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'reader' }, rules: [] };

function readOne(...objects: Parameters<typeof readBindings>[0]) {
  const [one] = readBindings(objects);
  if (one === undefined) throw new Error('no binding');
  return one;
}

test('usersOf returns the subjects of kind User, and no ServiceAccount or Group of the same name', () => {
  expect(usersOf(binding)).toEqual(['reader', 'reader:g3']);
  expect(usersOf({ ...binding, subjects: undefined })).toEqual([]);
});

describe('readBindings', () => {
  test('resolves a Role in the namespace of the binding alone', () => {
    const here = { ...role, metadata: { name: 'reader', namespace: 'platform' } };
    const elsewhere = { ...role, metadata: { name: 'reader', namespace: 'team-a' } };

    expect(readOne(here, elsewhere, binding).roles).toEqual([here]);
    expect(readOne(elsewhere, binding).roles).toEqual([]);
  });

  test('takes no namespace for the namespace default, of the Role as of the binding', () => {
    const metadata = { name: 'reader', namespace: 'default' };
    const unset = { ...binding, metadata: { name: 'reader' } };

    expect(readOne(role, { ...binding, metadata }).roles).toEqual([role]);
    expect(readOne({ ...role, metadata }, unset).roles).toEqual([{ ...role, metadata }]);
    expect(readOne(role, binding).roles).toEqual([]);
  });

  test('resolves a ClusterRole whatever namespace its manifest has', () => {
    const clusterRole = { ...role, kind: 'ClusterRole', metadata: { name: 'reader', namespace: 'stamped' } };
    const other = { ...binding, roleRef: { ...binding.roleRef, kind: 'ClusterRole' } };

    expect(readOne(clusterRole, other).roles).toEqual([clusterRole]);
    expect(readOne(role, other).roles).toEqual([]);
  });

  test('ignores bindings and roles of another API group', () => {
    const foreign = { ...binding, apiVersion: 'authorization.openshift.io/v1' };
    const foreignRole = { ...role, apiVersion: 'authorization.openshift.io/v1', metadata: binding.metadata };

    expect(readBindings([foreign])).toEqual([]);
    expect(readOne(foreignRole, binding).roles).toEqual([]);
  });
});

describe('isBound', () => {
  const one = readOne(binding);

  test.each([
    { user: 'reader', groups: [] },
    { user: 'anybody', groups: ['readers'] },
    { user: 'system:serviceaccount:team-a:reader:g2', groups: [] },
    { user: 'system:serviceaccount:platform:local', groups: [] },
  ])('matches $user in the groups [$groups]', (identity) => {
    expect(isBound(one, identity)).toBe(true);
  });

  test.each([
    { user: 'readers', groups: ['reader'] },
    { user: 'reader:g2', groups: EVERYBODY },
    { user: 'local', groups: EVERYBODY },
    { user: 'system:serviceaccount:team-a:local', groups: EVERYBODY },
    { user: 'Reader', groups: ['READERS'] },
  ])('does not match $user in the groups [$groups]', (identity) => {
    expect(isBound(one, identity)).toBe(false);
  });
});
