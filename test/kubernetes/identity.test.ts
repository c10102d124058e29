import { describe, expect, test } from 'vitest';
import { identityOf, namespaceOf } from '../../src/kubernetes/identity';
import type { KubeObject } from '../../src/kubernetes/kube-object';

const object = (kind: string, metadata: unknown, apiVersion = 'apps/v1') =>
  ({ apiVersion, kind, metadata }) as KubeObject;
const same = (...objects: readonly KubeObject[]) => new Set(objects.map(identityOf)).size === 1;

describe('identityOf is the same for', () => {
  test.each<readonly [string, unknown]>([
    ['no namespace', { name: 'assets' }],
    ['a namespace that is null', { name: 'assets', namespace: null }],
    ['an empty namespace', { name: 'assets', namespace: '' }],
  ])('%s and the namespace default', (_, metadata) => {
    const named = object('StatefulSet', { name: 'assets', namespace: 'default' });

    expect(same(named, object('StatefulSet', metadata))).toBe(true);
  });

  test('two versions of an API group', () => {
    expect(same(object('StatefulSet', { name: 'a' }), object('StatefulSet', { name: 'a' }, 'apps/v1beta2'))).toBe(true);
  });

  test.each(['default', 'platform', ''])('a cluster-scoped object with and without the namespace %j', (namespace) => {
    const rbac = 'rbac.authorization.k8s.io/v1';

    expect(
      same(object('ClusterRole', { name: 'a' }, rbac), object('ClusterRole', { name: 'a', namespace }, rbac)),
    ).toBe(true);
  });
});

test.each<readonly [string, KubeObject, KubeObject]>([
  ['namespace', object('Role', { name: 'a' }), object('Role', { name: 'a', namespace: 'b' })],
  ['name', object('Role', { name: 'a' }), object('Role', { name: 'b' })],
  ['kind', object('Role', { name: 'a' }), object('RoleBinding', { name: 'a' })],
  ['group', object('Node', { name: 'a' }, 'v1'), object('Node', { name: 'a' }, 'longhorn.io/v1beta2')],
])('identityOf is not the same for another %s', (_, one, other) => {
  expect(same(one, other)).toBe(false);
});

test('namespaceOf is default for an object without a namespace', () => {
  expect([namespaceOf({}), namespaceOf({ namespace: '' }), namespaceOf({ namespace: 'a' })]).toEqual([
    'default',
    'default',
    'a',
  ]);
});
