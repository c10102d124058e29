import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../src/kubernetes/kube-object';
import { leftoversOf } from '../../src/migration/leftovers';
import { messageOf } from '../support/errors';
import { find, goldenObjects, goldenThroughService, goldenWithout, labelOf } from '../support/golden';
import { secondReader } from '../support/second-reader';

const namespaces = goldenObjects().filter(({ kind }) => kind === 'Namespace');
const ociRepository: KubeObject = {
  apiVersion: 'source.toolkit.fluxcd.io/v1',
  kind: 'OCIRepository',
  metadata: { name: 'charts', namespace: 'cozy-system' },
  spec: { url: 'oci://registry.example/charts', ref: { tag: '1' }, interval: '5m0s' },
};
const next = [...namespaces, ociRepository];

const labels = (objects: readonly KubeObject[]) => objects.map(labelOf);
const binding = (name: string, kind: string, roleRef: object, namespace?: string): KubeObject => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind,
  metadata: { name, ...(namespace && { namespace }) },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', ...roleRef },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'cozystack-assets-reader' }],
});

describe("the leftovers of Cozystack's chain", () => {
  const leftovers = leftoversOf(goldenObjects(), next);

  test('include its user and the objects that bind it, the binding first', () => {
    expect(leftovers.users).toEqual(['cozystack-assets-reader']);
    expect(leftovers.owners).toEqual(leftovers.users);
    expect(labels(leftovers.rights)).toEqual(['RoleBinding cozystack-assets-reader', 'Role cozystack-assets-reader']);
    expect(leftovers.routes.map(String)).toEqual(['/api/v1/namespaces/cozy-system/pods/cozystack-assets-0/proxy']);
  });

  test('include one Secret for each namespace', () => {
    expect(leftovers.secrets).toEqual([
      { namespace: 'cozy-system', name: 'cozystack-assets-tls' },
      { namespace: 'cozy-public', name: 'cozystack-assets-tls' },
    ]);
  });

  test('include its HelmRepositories and their server', () => {
    expect(labels(leftovers.repositories.map(({ object }) => object))).toEqual([
      'HelmRepository cozystack-system',
      'HelmRepository cozystack-apps',
      'HelmRepository cozystack-extra',
    ]);
    expect(labels(leftovers.servers)).toEqual(['Service cozystack-assets', 'StatefulSet cozystack-assets']);
  });

  test('include nothing else', () => {
    expect(leftovers.others).toEqual([]);
  });

  test('are the same for a chain through a Service', () => {
    expect(labels(leftoversOf(goldenThroughService(), next).servers)).toEqual(labels(leftovers.servers));
  });
});

describe('leftovers never include', () => {
  const moved = (objects: readonly KubeObject[], namespace?: string): readonly KubeObject[] =>
    objects.map((object) => {
      const text = JSON.stringify(object).replaceAll('/namespaces/cozy-system/', '/namespaces/default/');
      const { metadata, ...rest }: KubeObject = JSON.parse(text);
      const { namespace: old, ...others } = metadata;
      return { ...rest, metadata: old === 'cozy-system' ? { ...others, ...(namespace && { namespace }) } : metadata };
    });

  test.each([
    ['default', undefined],
    [undefined, 'default'],
  ])('what the new bundle keeps, with the namespace %s in the old one and %s in the new one', (before, after) => {
    const old = moved(goldenObjects(), before);
    const kept = moved([find(goldenObjects(), 'Service cozystack-assets')], after);

    const { servers, repositories, rights } = leftoversOf(old, [...moved(next, after), ...kept]);

    expect(labels(servers)).toEqual(['StatefulSet cozystack-assets']);
    expect(repositories).toHaveLength(3);
    expect(labels(rights)).toEqual(['RoleBinding cozystack-assets-reader', 'Role cozystack-assets-reader']);
    expect(leftoversOf(old, moved(goldenObjects(), after)).servers).toEqual([]);
  });

  test('an object that the new bundle contains in another API version', () => {
    const kept = { ...find(goldenObjects(), 'Service cozystack-assets'), apiVersion: 'v2' };

    expect(labels(leftoversOf(goldenObjects(), [...next, kept]).servers)).toEqual(['StatefulSet cozystack-assets']);
  });

  test('anything but the repository if the new bundle lacks only that', () => {
    const [old, after] = [goldenObjects(), goldenWithout('HelmRepository cozystack-extra')];

    expect(leftoversOf(old, after)).toEqual({
      users: [],
      routes: [],
      owners: ['cozystack-assets-reader'],
      rights: [],
      secrets: [],
      repositories: [expect.objectContaining({ object: find(old, 'HelmRepository cozystack-extra') })],
      servers: [],
      others: [],
    });
  });

  test('a Secret that the new chain uses, only one of a namespace that it does not read from', () => {
    const after = goldenWithout('HelmRepository cozystack-apps', 'HelmRepository cozystack-extra');

    const { users, secrets } = leftoversOf(goldenObjects(), after);

    expect(users).toEqual([]);
    expect(secrets).toEqual([{ namespace: 'cozy-public', name: 'cozystack-assets-tls' }]);
  });

  test('another chain that both bundles contain', () => {
    const { users, servers } = leftoversOf([...goldenObjects(), ...secondReader()], [...next, ...secondReader()]);

    expect(users).toEqual(['cozystack-assets-reader']);
    expect(labels(servers)).toEqual(['Service cozystack-assets', 'StatefulSet cozystack-assets']);
  });
});

describe('leftovers include rights of the user beyond its route', () => {
  test('but no ClusterRole, because others may need it', () => {
    const role = { kind: 'ClusterRole', name: 'view-all' };
    const clusterRole: KubeObject = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'view-all' },
      rules: [],
    };
    const more = [clusterRole, binding('extra', 'ClusterRoleBinding', role), binding('here', 'RoleBinding', role, 'x')];

    const { rights, others } = leftoversOf([...goldenObjects(), ...more], next);

    expect(labels(rights)).toEqual([
      'RoleBinding cozystack-assets-reader',
      'ClusterRoleBinding extra',
      'RoleBinding here',
      'Role cozystack-assets-reader',
    ]);
    expect(labels(others)).toEqual(['ClusterRole view-all']);
  });

  test('but no Role of the same name in another namespace', () => {
    const role = find(goldenObjects(), 'Role cozystack-assets-reader');
    const elsewhere = { ...role, metadata: { ...role.metadata, namespace: 'elsewhere' } };

    const { rights, others } = leftoversOf([...goldenObjects(), elsewhere], next);

    expect(rights).not.toContain(elsewhere);
    expect(others).toEqual([elsewhere]);
  });
});

describe('leftoversOf', () => {
  test('returns what is not part of the chain under others', () => {
    const object = (apiVersion: string, kind: string, spec: object = {}): KubeObject => ({
      apiVersion,
      kind,
      metadata: { name: 'other', namespace: 'cozy-system' },
      spec,
    });
    const others = [
      ...namespaces,
      object('apiextensions.k8s.io/v1', 'CustomResourceDefinition'),
      object('helm.toolkit.fluxcd.io/v2', 'HelmRelease'),
      object('v1', 'Service', { selector: { app: 'other' } }),
      object('apps/v1', 'StatefulSet'),
      object('source.toolkit.fluxcd.io/v1', 'HelmRepository', { url: 'https://charts.example' }),
    ];

    const leftovers = leftoversOf([...others, ...goldenWithout(...labels(namespaces))], [ociRepository]);

    expect(leftovers.others).toEqual(others);
  });

  test('rejects an old bundle that binds no user, because its rights would be kept', () => {
    const build = () => leftoversOf(goldenWithout('RoleBinding cozystack-assets-reader'), next);

    const message = messageOf('ERR_EGGTOOTH_CHAIN', build);

    expect(message).toContain(
      'does not bind a user that may read /api/v1/namespaces/cozy-system/pods/cozystack-assets-0/proxy',
    );
    expect(message).toContain('with its Role and RoleBinding');
  });

  test('rejects an old bundle without a chain', () => {
    const message = messageOf('ERR_EGGTOOTH_CHAIN', () => leftoversOf(next, goldenObjects()));

    expect(message).toContain('no HelmRepository of the old bundle reads through the API server');
    expect(message).toContain('name the bundle that is in the cluster first');
  });
});
