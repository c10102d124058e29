import { ApiObject, App, Chart, Testing, Yaml } from 'cdk8s';
import { describe, expect, test } from 'vitest';
import { ApiServer } from '../../../src/chain/api-server';
import { BootstrapBundle } from '../../../src/constructs/bundle/bootstrap-bundle';
import type { BootstrapBundleProps } from '../../../src/constructs/bundle/bootstrap-bundle-props';
import type { KubeObject } from '../../../src/kubernetes/kube-object';
import { bundleOf } from '../../../src/kubernetes/labels';
import { errorOf, thrownBy } from '../../support/errors';
import { find, labelOf } from '../../support/golden';

const props = {
  apiServer: ApiServer.fromUrl('https://example.org:6443'),
  namespace: 'platform',
  assets: { image: 'registry.example/assets:1', port: 8123 },
  repositories: [
    { name: 'system', path: '/repos/system' },
    { name: 'apps', namespace: 'tenants', path: '/repos/apps' },
  ],
} satisfies BootstrapBundleProps;

function synthBundle(changes: Partial<BootstrapBundleProps> = {}, id = 'bundle'): KubeObject[] {
  return Testing.synth(new BootstrapBundle(Testing.app(), id, { ...props, ...changes }));
}

describe('a bundle', () => {
  test('contains namespaces, server, reader and repositories in the order in which they are applied', () => {
    expect(synthBundle().map(labelOf)).toEqual([
      'Namespace platform',
      'Namespace tenants',
      'StatefulSet flux-assets',
      'Service flux-assets',
      'Role flux-assets-reader',
      'RoleBinding flux-assets-reader',
      'HelmRepository system',
      'HelmRepository apps',
    ]);
  });

  test('has the YAML of the snapshot', async () => {
    await expect(Yaml.stringify(...synthBundle())).toMatchFileSnapshot('../__snapshots__/bootstrap-bundle.k8s.yaml');
  });

  test('names role, user and Secret after the server', () => {
    const objects = synthBundle({ assets: { ...props.assets, name: 'charts' } });

    expect(find(objects, 'Role charts-reader').metadata.namespace).toBe('platform');
    expect(find(objects, 'RoleBinding charts-reader')).toHaveProperty('subjects.0.name', 'charts-reader');
    expect(find(objects, 'HelmRepository apps')).toHaveProperty('spec.certSecretRef.name', 'charts-tls');
  });

  test('has the same segment in the Role and in every URL', () => {
    const objects = synthBundle();

    const [, segment] = /\/pods\/([^/]*)\/proxy/.exec(JSON.stringify(find(objects, 'HelmRepository system'))) ?? [];
    expect(segment).toBe('flux-assets-0:8123');
    expect(find(objects, 'HelmRepository apps')).toHaveProperty('spec.url', expect.stringContaining(`/${segment}/`));
    expect(find(objects, 'Role flux-assets-reader')).toHaveProperty('rules.0.resourceNames', [segment]);
  });

  test.each(['kube-flannel', 'kube-ovn', 'kube', 'default-2', 'kube-system-2'])(
    'contains the Namespace %s, which no cluster has by itself',
    (namespace) => {
      const objects = synthBundle({ repositories: [{ name: 'a', namespace, path: '/a' }] });

      expect(objects.map(labelOf)).toContain(`Namespace ${namespace}`);
    },
  );

  test.each(['default', 'kube-system', 'kube-public', 'kube-node-lease'])(
    'does not contain the Namespace %s, which every cluster has',
    (namespace) => {
      const objects = synthBundle({ repositories: [{ name: 'a', namespace, path: '/a' }] });

      expect(objects.map(labelOf)).not.toContain(`Namespace ${namespace}`);
    },
  );

  const alike = [
    ['team', 'a-apps'],
    ['team-a', 'apps'],
    ['team-a-apps', 'b'],
    ['team', 'a-apps-b'],
    ['team-a', 'apps-b'],
  ].map(([namespace = '', name = '']) => ({ namespace, name, path: `/${name}` }));

  test.each([
    ['in one order', alike],
    ['in the other order', alike.toReversed()],
  ])('has repositories and releases whose namespaces and names look alike when joined, %s', (_, repositories) => {
    const releases = repositories.map(({ namespace, name }) => ({
      namespace,
      name,
      repository: `${namespace}/${name}`,
    }));
    const objects = synthBundle({ repositories, releases });

    const paths = (kind: string) =>
      objects.filter((one) => one.kind === kind).map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
    const expected = repositories.map(({ namespace, name }) => `${namespace}/${name}`);
    expect(paths('HelmRepository')).toEqual(expected);
    expect(paths('HelmRelease')).toEqual(expected);
  });

  test('rejects two repositories, or two releases, of one name', () => {
    const [first] = alike.slice(0, 1);
    const twice = first === undefined ? [] : [first, { ...first, path: '/other' }];
    const { problem } = errorOf('ERR_EGGTOOTH_OPTION', () => synthBundle({ repositories: twice }));
    const release = { name: 'cilium', repository: 'system' };

    expect(problem).toBe('the bundle has two repositories team/a-apps: bundle');
    expect(errorOf('ERR_EGGTOOTH_OPTION', () => synthBundle({ releases: [release, release] })).problem).toBe(
      'the bundle has two releases platform/cilium: bundle',
    );
  });

  test.each([
    ['a repository', { repositories: [{ name: 'System', path: '/repos/system' }] }, 'invalid name: "System"'],
    ['a repository without a name', { repositories: [{ name: '', path: '/repos/system' }] }, 'invalid name: ""'],
    [
      'the namespace of a repository',
      { repositories: [{ name: 'a', namespace: 'A', path: '/a' }] },
      'invalid name: "A"',
    ],
    ['a release', { releases: [{ name: 'Cilium', repository: 'system' }] }, 'invalid name: "Cilium"'],
    ['the server', { assets: { ...props.assets, name: 'as.sets' } }, 'invalid name: "as.sets"'],
    [
      'a server with a long name',
      { assets: { ...props.assets, name: 'a'.repeat(53) } },
      `invalid name: "${'a'.repeat(53)}"`,
    ],
    ['Flux', { flux: { crds: false, name: 'Flux' } }, 'invalid name: "Flux"'],
    ['Flux with a long name', { flux: { crds: false, name: 'a'.repeat(64) } }, `invalid name: "${'a'.repeat(64)}"`],
    ['the namespace of Flux', { flux: { crds: false, namespace: 'flux.system' } }, 'invalid name: "flux.system"'],
    [
      'the sidecar',
      { localhost: 'sidecar' as const, flux: { crds: false }, assets: { ...props.assets, name: 'a.b' } },
      'invalid name of the sidecar: "a.b"',
    ],
  ])('rejects an invalid name of %s', (_, changes, problem) => {
    const create = () => new BootstrapBundle(Testing.app(), 'bundle', { ...props, ...changes });

    expect(thrownBy(create)).toMatchObject({ code: 'ERR_EGGTOOTH_OPTION', problem, fix: expect.any(String) });
  });

  test('takes a namespace that is undefined for none, in each list', () => {
    const chart = new BootstrapBundle(Testing.app(), 'bundle', {
      ...props,
      repositories: [{ name: 'system', namespace: undefined, path: '/repos/system' }],
      releases: [{ name: 'cilium', namespace: undefined, repository: 'system' }],
    });

    for (const { apiObject } of [...chart.repositories, ...chart.releases])
      expect(apiObject.toJson().metadata.namespace).toBe(props.namespace);
    const twice = [undefined, props.namespace].map((namespace) => ({ name: 'a', namespace, path: '/a' }));
    const create = () => new BootstrapBundle(Testing.app(), 'bundle', { ...props, repositories: twice });
    expect(errorOf('ERR_EGGTOOTH_OPTION', create).problem).toMatch(/^the bundle has two repositories /);
  });

  test('has the same YAML with every construct id', () => {
    expect(synthBundle({}, 'renamed')).toEqual(synthBundle());
  });

  test('has no name with a hash of cdk8s', () => {
    expect(Yaml.stringify(...synthBundle())).not.toMatch(/bundle-|-c8[0-9a-f]{6}|cdk8s/);
  });

  test('exposes its parts, so that apps can change them', () => {
    const bundle = new BootstrapBundle(Testing.app(), 'bundle', props);

    expect([...bundle.namespaces.keys()]).toEqual(['platform', 'tenants']);
    expect(bundle.server.apiObject.name).toBe('flux-assets');
    expect(bundle.reader.user).toBe('flux-assets-reader');
    expect(bundle.repositories.map(({ apiObject }) => apiObject.name)).toEqual(['system', 'apps']);
  });

  test('can read by another route', () => {
    const objects = synthBundle({ route: (server) => server.serviceRoute() });

    expect(find(objects, 'Role flux-assets-reader')).toHaveProperty('rules.0.resources', ['services/proxy']);
    expect(find(objects, 'HelmRepository system')).toHaveProperty(
      'spec.url',
      'https://example.org:6443/api/v1/namespaces/platform/services/flux-assets:http/proxy/repos/system',
    );
  });

  test('can have repositories of one name in two namespaces', () => {
    const repositories = [
      { name: 'apps', path: '/a' },
      { name: 'apps', namespace: 'tenants', path: '/b' },
    ];

    const found = synthBundle({ repositories }).filter(({ kind }) => kind === 'HelmRepository');

    expect(found.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)).toEqual([
      'platform/apps',
      'tenants/apps',
    ]);
  });
});

describe('the Chart props of a bundle', () => {
  const labels = { 'example.org/team': 'platform' };

  test('label every object, beside its own labels', () => {
    const objects = synthBundle({ labels });

    for (const object of objects) expect(object.metadata.labels, labelOf(object)).toMatchObject(labels);
    expect(find(objects, 'StatefulSet flux-assets').metadata.labels).toEqual({
      ...labels,
      app: 'flux-assets',
      'eggtooth.dev/bundle': 'platform.flux-assets',
    });
  });

  test('name the bundle after its assets, in a label of every object and of no pod', () => {
    const named = (changes: Partial<BootstrapBundleProps>) =>
      new Set(synthBundle({ ...changes, renewal: { image: 'registry.example/renewal:1' } }).map(bundleOf));

    expect(named({})).toEqual(new Set(['platform.flux-assets']));
    expect(named({ assets: { ...props.assets, name: 'charts' } })).toEqual(new Set(['platform.charts']));
    expect(named({ labels: { 'eggtooth.dev/bundle': 'mine' } })).toEqual(new Set(['mine']));
    const pods = JSON.stringify(synthBundle().map(({ spec }) => spec));
    expect(pods).not.toContain('eggtooth.dev/bundle');
  });

  test('name bundles with long names differently, as a label may', () => {
    const name = (last: string) => bundleOf(synthBundle({ namespace: `${'n'.repeat(62)}${last}` })[0] as KubeObject);

    expect(name('a')).toMatch(/^[a-z0-9][-.a-z0-9]{0,61}[a-z0-9]$/);
    expect(name('a')).not.toBe(name('b'));
  });

  test('change no selector and no label of a pod', () => {
    const { spec } = find(synthBundle({ labels }), 'StatefulSet flux-assets');

    expect(spec).toEqual(find(synthBundle(), 'StatefulSet flux-assets').spec);
  });

  test('can disable the hashes in names that cdk8s generates', () => {
    const bundle = new BootstrapBundle(Testing.app(), 'bundle', { ...props, disableResourceNameHashes: true });
    new ApiObject(bundle, 'extra', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'platform' } });

    expect(Testing.synth(bundle).map(labelOf)).toContain('ConfigMap bundle-extra');
  });
});

describe('the namespaces of a bundle', () => {
  const namespacesOf = (objects: KubeObject[]) => objects.filter(({ kind }) => kind === 'Namespace');

  test('allow the host network only where the server is', () => {
    expect(namespacesOf(synthBundle())).toEqual([
      {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: {
          name: 'platform',
          labels: { 'eggtooth.dev/bundle': 'platform.flux-assets', 'pod-security.kubernetes.io/enforce': 'privileged' },
        },
      },
      {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: 'tenants', labels: { 'eggtooth.dev/bundle': 'platform.flux-assets' } },
      },
    ]);
  });

  test.each(['default', 'kube-system', 'kube-public'])('do not include %s, which every cluster has', (namespace) => {
    expect(namespacesOf(synthBundle({ namespace })).map(labelOf)).toEqual(['Namespace tenants']);
  });

  test('have no namespace, even in a Chart that has one', () => {
    const chart = new Chart(Testing.app(), 'chart', { namespace: 'elsewhere' });
    const bundle = new BootstrapBundle(chart, 'bundle', props);

    expect(Testing.synth(bundle)).toEqual(synthBundle());
  });
});

describe('two bundles in one app', () => {
  test('are independent of each other', () => {
    const app = new App();
    const here = new BootstrapBundle(app, 'here', props);
    const there = new BootstrapBundle(app, 'there', {
      ...props,
      apiServer: ApiServer.fromUrl('https://10.0.0.1:6443'),
    });

    expect(Testing.synth(here)).toEqual(synthBundle());
    expect(Testing.synth(there)).toEqual(synthBundle({ apiServer: ApiServer.fromUrl('https://10.0.0.1:6443') }));
  });
});
