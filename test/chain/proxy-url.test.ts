import { Testing } from 'cdk8s';
import { describe, expect, test } from 'vitest';
import { ApiServer } from '../../src/chain/api-server';
import { Chain } from '../../src/chain/chain';
import { meansProxy, parseProxyUrl } from '../../src/chain/proxy-url';
import { check } from '../../src/chain/rules/check';
import { BootstrapBundle } from '../../src/constructs/bundle/bootstrap-bundle';
import type { BootstrapBundleProps } from '../../src/constructs/bundle/bootstrap-bundle-props';

const props = {
  apiServer: ApiServer.fromUrl('https://example.org:6443'),
  namespace: 'platform',
  assets: { image: 'registry.example/assets:1', port: 8123 },
  repositories: [{ name: 'system', path: '/repos/system' }],
} satisfies BootstrapBundleProps;

/** The paths that Flux reads of a bundle, by the route, which must be sound. */
function pathsOf(changes: Partial<BootstrapBundleProps>): Record<string, readonly unknown[]> {
  const chain = Chain.fromObjects(
    Testing.synth(new BootstrapBundle(Testing.app(), 'bundle', { ...props, ...changes })),
  );
  expect(check(chain).filter(({ severity }) => severity === 'error')).toEqual([]);
  return Object.fromEntries(
    chain.routes.map(({ route, repositories }) => [
      `${route}`,
      repositories.map(({ target }) => ('path' in target ? target.path : target)),
    ]),
  );
}

describe('a chain reads every route and path as it is written', () => {
  const two = [
    { name: 'a', path: '/a' },
    { name: 'b', path: '/b' },
  ];

  test.each(['proxy', 'pods', 'services', 'namespaces', 'api'])('in a namespace called %s', (namespace) => {
    expect(pathsOf({ namespace, repositories: two })).toEqual({
      [`/api/v1/namespaces/${namespace}/pods/flux-assets-0:8123/proxy`]: ['/a', '/b'],
    });
  });

  test.each(['proxy', 'services', 'pods'])('through a Service called %s', (name) => {
    const assets = { ...props.assets, name };

    expect(pathsOf({ assets, repositories: two, route: (server) => server.serviceRoute() })).toEqual({
      [`/api/v1/namespaces/platform/services/${name}:http/proxy`]: ['/a', '/b'],
    });
  });

  test('of repositories at the root, in two namespaces', () => {
    const repositories = [
      { name: 'a', path: '' },
      { name: 'b', path: '', namespace: 'tenants' },
      { name: 'c', path: '/proxy/proxy' },
    ];

    expect(pathsOf({ repositories })).toEqual({
      '/api/v1/namespaces/platform/pods/flux-assets-0:8123/proxy': ['', '', '/proxy/proxy'],
    });
  });

  test('of two bundles at the root of their servers, at two endpoints', () => {
    const bundles = ['one', 'two'].map((name) => {
      const changes = {
        apiServer: ApiServer.fromUrl(`https://${name}.example:6443`),
        namespace: name,
        repositories: [{ name, path: '' }],
      };
      return new BootstrapBundle(Testing.app(), name, { ...props, ...changes });
    });

    const { repositories } = Chain.fromObjects(bundles.flatMap((bundle) => Testing.synth(bundle)));

    expect(repositories.map(({ target }) => 'route' in target && `${target.endpoint.url}${target.route}`)).toEqual([
      'https://one.example:6443/api/v1/namespaces/one/pods/flux-assets-0:8123/proxy',
      'https://two.example:6443/api/v1/namespaces/two/pods/flux-assets-0:8123/proxy',
    ]);
  });
});

describe('meansProxy', () => {
  test.each([
    'https://charts.example.com/namespaces/team-a/services/stable',
    'https://charts.example.com/namespaces/team-a/pods/',
    'https://charts.example.com/charts/namespaces/a/services/b/index.yaml',
    'https://charts.example.com/charts?next=/api/v1/namespaces/a/pods/b/proxy/c',
    'https://charts.example.com/#/api/v1/namespaces/a/pods/b/proxy/c',
    'http://localhost:8123/repos/system',
    'oci://registry.example/namespaces/a/services/b',
    '',
  ])('is false for %j', (url) => {
    expect(meansProxy(url)).toBe(false);
  });

  test.each([
    'https://example.org:6443/api/v1/namespaces/a/pods/b-0:1/proxy',
    'https://example.org:6443/api/v1/namespaces/a/services/b:http/proxy/c',
    'https://example.org:6443/api/v1/namespaces/a/pods/b/c',
    'https://example.org/k8s/api/v1/namespaces/a/pods/b/proxy/c',
    'https://example.org:6443/namespaces/a/pods/b/proxy/c',
    'https://example.org:6443/apis/v1/namespaces/a/services/b/proxy',
    'https://example.org:6443/api/v1/namespaces/proxy/services/proxy/proxy/proxy',
    'https://example.org:port/namespaces/a/pods/b',
    '/namespaces/a/services/b',
  ])('is true for %j', (url) => {
    expect(meansProxy(url)).toBe(true);
  });
});

test.each([
  [
    'https://[2001:db8::1]:6443',
    'https://[2001:DB8:0:0::1]:6443',
    'https://[2001:0db8:0000:0000:0000:0000:0000:0001]:6443',
  ],
  ['https://[::1]:443', 'https://[0:0:0:0:0:0:0:1]', 'https://[::0001]'],
  ['https://[fd00::a:0:0:1]:443', 'https://[fd00:0:0:0:a:0:0:1]:443', 'https://[FD00::A:0000:0:1]'],
  ['https://[::ffff:10.0.0.1]:6443', 'https://[::FFFF:a00:1]:6443', 'https://[0:0:0:0:0:ffff:10.0.0.1]:6443'],
])('the address %s is one endpoint in every spelling', (canonical, ...spellings) => {
  const path = '/api/v1/namespaces/a/pods/b/proxy/c';
  const urls = [canonical, ...spellings].map((url) => parseProxyUrl(`${url}${path}`).endpoint.url);

  expect(urls).toEqual(urls.map(() => canonical));
});

test('two spellings of an address with one reader are sound', () => {
  const bundle = new BootstrapBundle(Testing.app(), 'bundle', {
    ...props,
    apiServer: ApiServer.fromUrl('https://[fd00::1]:6443'),
    repositories: [...props.repositories, { name: 'apps', path: '/repos/apps' }],
  });
  const text = JSON.stringify(Testing.synth(bundle)).replace('[fd00::1]', '[FD00:0:0:0::1]');
  const chain = Chain.fromObjects(JSON.parse(text));

  expect(chain.credentials.map(({ secrets }) => secrets.flatMap(({ endpoints }) => endpoints).length)).toEqual([1]);
  expect(check(chain).filter(({ severity }) => severity === 'error')).toEqual([]);
});
