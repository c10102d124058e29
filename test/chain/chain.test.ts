import { JsonPatch, Testing } from 'cdk8s';
import { describe, expect, test } from 'vitest';
import { ApiServer } from '../../src/chain/api-server';
import { Chain } from '../../src/chain/chain';
import { ProxyRoute } from '../../src/chain/proxy-route';
import { check } from '../../src/chain/rules/check';
import { BootstrapBundle } from '../../src/constructs/bundle/bootstrap-bundle';
import { find, goldenEndpoint, goldenObjects, goldenRoute, goldenWith, labelOf } from '../support/golden';
import { secondReader } from '../support/second-reader';

/** The values of a chain that the tests compare. */
function summaryOf({ routes, credentials }: Chain) {
  return {
    routes: routes.map(({ route, repositories, grants, bindings, users }) => ({
      route: `${route}`,
      repositories: repositories.map(({ object }) => labelOf(object)),
      grants: grants.map(({ role, field }) => `${labelOf(role)} ${field}`),
      bindings: bindings.map(({ object }) => labelOf(object)),
      users,
    })),
    credentials: credentials.map(({ user, secrets }) => ({
      user,
      secrets: secrets.map(({ namespace, name, endpoints }) => ({
        secret: `${namespace}/${name}`,
        endpoints: endpoints.map(({ url }) => url),
      })),
    })),
  };
}

const golden = {
  routes: [
    {
      route: goldenRoute,
      repositories: [
        'HelmRepository cozystack-system',
        'HelmRepository cozystack-apps',
        'HelmRepository cozystack-extra',
      ],
      grants: ['Role cozystack-assets-reader rules[0]'],
      bindings: ['RoleBinding cozystack-assets-reader'],
      users: ['cozystack-assets-reader'],
    },
  ],
  credentials: [
    {
      user: 'cozystack-assets-reader',
      secrets: [
        { secret: 'cozy-system/cozystack-assets-tls', endpoints: [goldenEndpoint] },
        { secret: 'cozy-public/cozystack-assets-tls', endpoints: [goldenEndpoint] },
      ],
    },
  ],
};

describe('a chain', () => {
  test("has one route, one user and one Secret for each namespace in Cozystack's bundle", () => {
    const chain = Chain.fromObjects(goldenObjects());

    expect(summaryOf(chain)).toEqual(golden);
    expect(chain.repositories.map(({ target }) => target)).toEqual(
      ['system', 'apps', 'extra'].map((name) => ({
        endpoint: ApiServer.fromUrl(goldenEndpoint),
        route: ProxyRoute.pod({ namespace: 'cozy-system', name: 'cozystack-assets-0' }),
        path: `/repos/${name}`,
      })),
    );
    expect(check(chain)).toEqual([]);
  });

  test('has the values of the BootstrapBundle that it is read from', () => {
    const certificateAuthority = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
    const bundle = new BootstrapBundle(Testing.app(), 'bundle', {
      apiServer: ApiServer.fromUrl('https://example.org:6443', { certificateAuthority }),
      namespace: 'platform',
      assets: { image: 'registry.example/assets:1', port: 8123 },
      repositories: [{ name: 'charts', path: '/charts' }],
    });

    const chain = Chain.fromObjects(Testing.synth(bundle));

    expect(chain.repositories.map(({ url, target }) => ({ url, target }))).toEqual([
      {
        url: bundle.repositories[0]?.url,
        target: {
          endpoint: ApiServer.fromUrl('https://example.org:6443', { certificateAuthority }),
          route: bundle.reader.route,
          path: '/charts',
        },
      },
    ]);
    expect(chain.credentials).toMatchObject([
      { user: bundle.reader.user, secrets: [{ namespace: 'platform', name: bundle.reader.secretName }] },
    ]);
    expect(check(chain)).toEqual([]);
  });

  test.each([undefined, 1, 4])("has the reader's name, and its generation %s", (readerGeneration) => {
    const bundle = new BootstrapBundle(Testing.app(), 'bundle', {
      apiServer: ApiServer.fromUrl('https://example.org:6443'),
      namespace: 'platform',
      assets: { image: 'registry.example/assets:1', port: 8123 },
      repositories: [{ name: 'charts', path: '/charts' }],
      readerGeneration,
    });

    const { credentials } = Chain.fromObjects(Testing.synth(bundle));

    expect(credentials).toMatchObject([
      { user: bundle.reader.user, name: 'flux-assets-reader', generation: readerGeneration ?? 1 },
    ]);
  });

  test('does not depend on the order of the objects', () => {
    const { routes, credentials } = summaryOf(Chain.fromObjects(goldenObjects().reverse()));

    expect(routes[0]?.repositories.toReversed()).toEqual(golden.routes[0]?.repositories);
    expect(routes[0]?.users).toEqual(golden.routes[0]?.users);
    expect(credentials[0]?.secrets.toReversed()).toEqual(golden.credentials[0]?.secrets);
  });

  test('can lead through a ClusterRole and a RoleBinding', () => {
    const { rules } = find(goldenObjects(), 'Role cozystack-assets-reader');
    const clusterRole = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'reader' },
      rules,
    };
    const binding = goldenWith(
      'RoleBinding cozystack-assets-reader',
      JsonPatch.replace('/roleRef', { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'reader' }),
    ).filter(({ kind }) => kind !== 'Role');

    const chain = Chain.fromObjects([...binding, clusterRole]);

    expect(summaryOf(chain).routes[0]).toMatchObject({
      grants: ['ClusterRole reader rules[0]'],
      users: ['cozystack-assets-reader'],
    });
    expect(check(chain)).toEqual([]);
  });

  test('does not lead through a binding of another Role', () => {
    const objects = goldenWith('RoleBinding cozystack-assets-reader', JsonPatch.replace('/roleRef/name', 'another'));

    expect(summaryOf(Chain.fromObjects(objects)).routes[0]).toMatchObject({ bindings: [], users: [] });
  });

  test('has no user of a binding in another namespace', () => {
    const objects = goldenWith(
      'RoleBinding cozystack-assets-reader',
      JsonPatch.replace('/metadata/namespace', 'other'),
    );

    const chain = Chain.fromObjects(objects);

    expect(chain.routes[0]).toMatchObject({
      bindings: [],
      users: [],
      misplacedBindings: [{ object: { kind: 'RoleBinding' } }],
    });
    expect(chain.credentials).toEqual([]);
  });

  test('has the rule that allows the route, among other rules', () => {
    const other = { apiGroups: [''], resources: ['configmaps'], verbs: ['get'] };
    const objects = goldenWith('Role cozystack-assets-reader', JsonPatch.add('/rules/0', other));

    expect(summaryOf(Chain.fromObjects(objects)).routes[0]?.grants).toEqual(['Role cozystack-assets-reader rules[1]']);
  });

  test('has both endpoints of a Secret that is used for two', () => {
    const url = `https://10.0.0.1:6443${goldenRoute}/repos/extra`;
    const objects = goldenWith('HelmRepository cozystack-extra', JsonPatch.replace('/spec/url', url));

    expect(summaryOf(Chain.fromObjects(objects)).credentials).toEqual([
      {
        user: 'cozystack-assets-reader',
        secrets: [
          { secret: 'cozy-system/cozystack-assets-tls', endpoints: [goldenEndpoint] },
          { secret: 'cozy-public/cozystack-assets-tls', endpoints: [goldenEndpoint, 'https://10.0.0.1:6443'] },
        ],
      },
    ]);
  });

  test('has two credentials for two readers, and no finding if they have nothing in common', () => {
    const chain = Chain.fromObjects([...goldenObjects(), ...secondReader()]);

    expect(summaryOf(chain).credentials).toEqual([
      ...golden.credentials,
      { user: 'other-reader', secrets: [{ secret: 'other/other-tls', endpoints: ['https://10.0.0.1:6443'] }] },
    ]);
    expect(check(chain)).toEqual([]);
  });

  test('distinguishes readers of one name in two namespaces', () => {
    const twin = JSON.parse(
      JSON.stringify(goldenObjects())
        .replaceAll('"cozy-', '"twin-')
        .replaceAll('/cozy-', '/twin-')
        .replaceAll('8123', '8124'),
    );

    const chain = Chain.fromObjects([...goldenObjects(), ...twin]);

    expect(summaryOf(chain).routes.map(({ users, bindings }) => ({ users, bindings }))).toEqual([
      { users: ['cozystack-assets-reader'], bindings: ['RoleBinding cozystack-assets-reader'] },
      { users: ['cozystack-assets-reader'], bindings: ['RoleBinding cozystack-assets-reader'] },
    ]);
    expect(check(chain)).toEqual([]);
  });

  test('has no credential for a route that two users may read', () => {
    const objects = goldenWith(
      'RoleBinding cozystack-assets-reader',
      JsonPatch.add('/subjects/-', { apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'other' }),
    );

    const chain = Chain.fromObjects(objects);

    expect(chain.routes[0]?.users).toEqual(['cozystack-assets-reader', 'other']);
    expect(chain.credentials).toEqual([]);
  });

  test('ignores a HelmRepository that does not read through the API server', () => {
    const elsewhere = ['https://charts.example.org/stable', 'oci://registry.example.org/charts'].map((url, index) => ({
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'HelmRepository',
      metadata: { name: `elsewhere-${index}`, namespace: 'cozy-system' },
      spec: { url, interval: '5m' },
    }));

    const chain = Chain.fromObjects([...goldenObjects(), ...elsewhere]);

    expect(chain.repositories).toHaveLength(3);
    expect(check(chain)).toEqual([]);
  });
});
