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

describe("what leftovers of Cozystack's chain", () => {
  const leftovers = leftoversOf(goldenObjects(), next);

  test('is its user with what binds it, rights first', () => {
    expect(leftovers.users).toEqual(['cozystack-assets-reader']);
    expect(leftovers.owners).toEqual(leftovers.users);
    expect(labels(leftovers.rights)).toEqual(['RoleBinding cozystack-assets-reader', 'Role cozystack-assets-reader']);
    expect(leftovers.routes.map(String)).toEqual(['/api/v1/namespaces/cozy-system/pods/cozystack-assets-0/proxy']);
  });

  test('is one Secret for each namespace', () => {
    expect(leftovers.secrets).toEqual([
      { namespace: 'cozy-system', name: 'cozystack-assets-tls' },
      { namespace: 'cozy-public', name: 'cozystack-assets-tls' },
    ]);
  });

  test('is its HelmRepositories, and the server behind them', () => {
    expect(labels(leftovers.repositories.map(({ object }) => object))).toEqual([
      'HelmRepository cozystack-system',
      'HelmRepository cozystack-apps',
      'HelmRepository cozystack-extra',
    ]);
    expect(labels(leftovers.servers)).toEqual(['Service cozystack-assets', 'StatefulSet cozystack-assets']);
  });

  test('is nothing else', () => {
    expect(leftovers.others).toEqual([]);
  });

  test('is the same when it is read through the Service', () => {
    expect(labels(leftoversOf(goldenThroughService(), next).servers)).toEqual(labels(leftovers.servers));
  });
});

describe('what the next bundle holds', () => {
  test('leftovers by no means, whatever the version of its API', () => {
    const kept = { ...find(goldenObjects(), 'Service cozystack-assets'), apiVersion: 'v2' };

    expect(labels(leftoversOf(goldenObjects(), [...next, kept]).servers)).toEqual(['StatefulSet cozystack-assets']);
  });

  test('leaves nothing but the repository, if only that is new', () => {
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

  test('needs a Secret no more in a namespace that it does not read from', () => {
    const after = goldenWithout('HelmRepository cozystack-apps', 'HelmRepository cozystack-extra');

    const { users, secrets } = leftoversOf(goldenObjects(), after);

    expect(users).toEqual([]);
    expect(secrets).toEqual([{ namespace: 'cozy-public', name: 'cozystack-assets-tls' }]);
  });

  test('keeps its own chain beside one that goes', () => {
    const { users, servers } = leftoversOf([...goldenObjects(), ...secondReader()], [...next, ...secondReader()]);

    expect(users).toEqual(['cozystack-assets-reader']);
    expect(labels(servers)).toEqual(['Service cozystack-assets', 'StatefulSet cozystack-assets']);
  });
});

describe('rights of the user beyond its route', () => {
  test('go too, but for a ClusterRole that others may need', () => {
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

  test('are those of its own namespace: a Role of the same name elsewhere stays', () => {
    const role = find(goldenObjects(), 'Role cozystack-assets-reader');
    const elsewhere = { ...role, metadata: { ...role.metadata, namespace: 'elsewhere' } };

    const { rights, others } = leftoversOf([...goldenObjects(), elsewhere], next);

    expect(rights).not.toContain(elsewhere);
    expect(others).toEqual([elsewhere]);
  });
});

describe('what is no part of the chain', () => {
  test('stays: namespaces, CRDs, releases, Services and workloads of others', () => {
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

  test('a bundle that does not say who reads is refused: its rights would stay', () => {
    const build = () => leftoversOf(goldenWithout('RoleBinding cozystack-assets-reader'), next);

    const message = messageOf('ERR_EGGTOOTH_CHAIN', build);

    expect(message).toContain('does not say who may read /api/v1/namespaces/cozy-system/pods/cozystack-assets-0/proxy');
    expect(message).toContain('with its Role and RoleBinding');
  });

  test('a bundle without a chain is refused', () => {
    const message = messageOf('ERR_EGGTOOTH_CHAIN', () => leftoversOf(next, goldenObjects()));

    expect(message).toContain('no HelmRepository of the old bundle reads through the API server');
    expect(message).toContain('name the bundle that the cluster has first');
  });
});
