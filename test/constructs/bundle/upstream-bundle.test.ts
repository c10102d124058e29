import { Duration, Testing } from 'cdk8s';
import { describe, expect, test } from 'vitest';
import { ApiServer } from '../../../src/chain/api-server';
import { Chain } from '../../../src/chain/chain';
import { check } from '../../../src/chain/rules/check';
import { BootstrapBundle } from '../../../src/constructs/bundle/bootstrap-bundle';
import type { BootstrapBundleProps, BundleRepository } from '../../../src/constructs/bundle/bootstrap-bundle-props';
import type { KubeObject } from '../../../src/kubernetes/kube-object';
import { bundleOf } from '../../../src/kubernetes/labels';
import { errorOf, thrownBy } from '../../support/errors';
import { find, labelOf } from '../../support/golden';

const cilium = { name: 'cilium', url: 'https://helm.cilium.io' };
const dns = { name: 'coredns', url: 'oci://ghcr.io/coredns/charts/coredns', version: { tag: '1.43.0' } };
const props = {
  apiServer: ApiServer.fromUrl('https://example.org:6443'),
  namespace: 'platform',
  repositories: [cilium, dns],
  releases: [
    { name: 'cilium', namespace: 'kube-system', repository: 'cilium', version: '1.18.x' },
    { name: 'dns', namespace: 'kube-system', repository: 'coredns' },
  ],
} satisfies BootstrapBundleProps;
const assets = { image: 'registry.example/assets:1', port: 8123 };
const onServer = { name: 'system', path: '/repos/system' };

function bundleWith(changes: Partial<BootstrapBundleProps> = {}): BootstrapBundle {
  return new BootstrapBundle(Testing.app(), 'bundle', { ...props, ...changes });
}

function synthBundle(changes: Partial<BootstrapBundleProps> = {}): KubeObject[] {
  return Testing.synth(bundleWith(changes));
}

describe('a bundle without assets', () => {
  test('has no server, no rights and no certificate', () => {
    expect(synthBundle().map(labelOf)).toEqual([
      'Namespace platform',
      'HelmRepository cilium',
      'OCIRepository coredns',
      'HelmRelease cilium',
      'HelmRelease dns',
    ]);
    expect(find(synthBundle(), 'Namespace platform').metadata.labels).not.toHaveProperty([
      'pod-security.kubernetes.io/enforce',
    ]);
    expect(Chain.fromObjects(synthBundle()).repositories).toEqual([]);
  });

  test('breaks no rule, with Flux', () => {
    expect(check(Chain.fromObjects(synthBundle({ flux: { crds: false } })))).toEqual([]);
  });

  test('installs a chart of a repository by its name, and a chart in a registry by chartRef', () => {
    const objects = synthBundle();

    expect(find(objects, 'HelmRelease cilium')).toHaveProperty('spec.chart.spec', {
      chart: 'cilium',
      version: '1.18.x',
      sourceRef: { kind: 'HelmRepository', name: 'cilium', namespace: 'platform' },
    });
    const { spec } = find(objects, 'HelmRelease dns');
    expect(spec).toHaveProperty('chartRef', { kind: 'OCIRepository', name: 'coredns', namespace: 'platform' });
    expect(spec).not.toHaveProperty('chart');
  });

  test('is named after its first source, so that two bundles of one namespace have two names', () => {
    const nameOf = (changes: Partial<BootstrapBundleProps>) => bundleOf(synthBundle(changes)[0] as KubeObject);

    expect(nameOf({})).toBe('platform.cilium');
    expect(nameOf({ repositories: [{ ...cilium, namespace: 'apps' }, dns] })).toBe('apps.cilium');
    expect(nameOf({ repositories: [], releases: [] })).toBe('platform.flux');
  });

  test.each(['server', 'reader'] as const)('reports that it has no %s', (part) => {
    const { problem, fix } = errorOf('ERR_EGGTOOTH_OPTION', () => bundleWith()[part]);

    expect(problem).toBe(`a bundle without assets has no ${part}: bundle`);
    expect(fix).toBe('set assets');
  });

  test.each([
    ['route', { route: () => thrownBy(() => undefined) as never }, 'route through the API server'],
    ['readerGeneration', { readerGeneration: 2 }, 'reader'],
    ['readerDuration', { readerDuration: Duration.days(90) }, 'reader'],
    ['renewal', { renewal: { image: 'registry.example/renewal:1' } }, 'certificate to renew'],
    ['localhost', { localhost: 'sidecar' as const, flux: { crds: false } }, 'server on localhost'],
  ])('has no %s', (option, changes, part) => {
    const { problem, fix } = errorOf('ERR_EGGTOOTH_OPTION', () => bundleWith(changes));

    expect(problem).toBe(`a bundle without assets has no ${part}: bundle`);
    expect(fix).toBe(`remove ${option}, or set assets and add a repository with a path`);
  });
});

describe('a bundle with assets and sources from upstream', () => {
  const mixed = { assets, repositories: [onServer, ...props.repositories] };

  test('reads only what is on the server with a certificate', () => {
    const chain = Chain.fromObjects(synthBundle(mixed));

    expect(chain.repositories.map(({ object }) => object.metadata.name)).toEqual(['system']);
    expect(chain.credentials).toHaveLength(1);
    expect(check(chain)).toEqual([]);
    expect(find(synthBundle(mixed), 'HelmRepository cilium').spec).toEqual({ url: cilium.url, interval: '5m0s' });
    expect(bundleOf(synthBundle(mixed)[0] as KubeObject)).toBe('platform.flux-assets');
  });

  test.each(['sidecar', 'same-node'] as const)('can read on localhost too: %s', (localhost) => {
    const objects = synthBundle({ ...mixed, localhost, flux: { crds: false } });

    expect(find(objects, 'HelmRepository system')).toHaveProperty('spec.url', 'http://localhost:8123/repos/system');
    expect(find(objects, 'HelmRepository cilium')).toHaveProperty('spec.url', cilium.url);
    expect(check(Chain.fromObjects(objects))).toEqual([]);
  });

  test('can renew the certificate of those on the server', () => {
    const bundle = bundleWith({ ...mixed, renewal: { image: 'registry.example/renewal:1' } });

    expect(bundle.renewal).toBeDefined();
    expect(check(Chain.fromObjects(Testing.synth(bundle)))).toEqual([]);
  });
});

describe('a source of a bundle is rejected, with the fix', () => {
  const one = (repository: object) => ({ repositories: [repository as BundleRepository], releases: [] });
  const either = 'set path for a repository on the assets server, url for any other, as in https://helm.cilium.io';

  test.each([
    ['without path and url', one({ name: 'a' }), 'neither path nor url is set', either],
    ['with path and url', { assets, ...one({ ...onServer, url: cilium.url }) }, 'both path and url are set', either],
    [
      'with a path and without assets',
      one(onServer),
      'has a path, and the bundle has no assets server',
      'set assets, or url in place of path',
    ],
    [
      'with a version beside an https:// URL',
      one({ ...cilium, version: { semver: '1.x' } }),
      'a repository with an https:// URL has no option "version"',
      'remove it; the options are name, namespace, labels, interval, timeout, url, secretRef, certSecretRef, passCredentials',
    ],
    [
      'with passCredentials beside an oci:// URL',
      one({ ...dns, passCredentials: true }),
      'a chart with an oci:// URL has no option "passCredentials"',
      expect.stringContaining('the options are '),
    ],
    [
      'with a secretRef beside a path',
      { assets, ...one({ ...onServer, secretRef: { name: 'login' } }) },
      'a repository on the assets server has no option "secretRef"',
      expect.stringContaining('the options are name, namespace, labels, interval, timeout, path'),
    ],
  ])('%s', (_, changes, problem, fix) => {
    expect(thrownBy(() => bundleWith(changes))).toMatchObject({ code: 'ERR_EGGTOOTH_OPTION', problem, fix });
  });

  test('if the bundle has assets and no source reads from them', () => {
    const { problem, fix } = errorOf('ERR_EGGTOOTH_OPTION', () => bundleWith({ assets }));

    expect(problem).toBe('a bundle without a repository that has a path needs no assets: bundle');
    expect(fix).toBe('remove assets, or add a repository with a path');
  });

  test.each([
    ['chart', { chart: 'coredns' }, 'remove chart'],
    ['version', { version: '1.x' }, 'remove version, and set that of the repository "coredns"'],
  ])('if a release states the %s of a chart in a registry', (field, changes, fix) => {
    const releases = [{ name: 'dns', repository: 'coredns', ...changes }];

    expect(thrownBy(() => bundleWith({ releases }))).toMatchObject({
      code: 'ERR_EGGTOOTH_OPTION',
      problem: `an OCIRepository is one version of one chart: invalid ${field}`,
      fix,
      object: { kind: 'HelmRelease', namespace: 'platform', name: 'dns' },
    });
  });
});
