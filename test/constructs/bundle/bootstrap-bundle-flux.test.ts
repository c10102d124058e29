import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Testing, YamlOutputType } from 'cdk8s';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiServer } from '../../../src/chain/api-server';
import { BootstrapBundle } from '../../../src/constructs/bundle/bootstrap-bundle';
import type { BootstrapBundleProps } from '../../../src/constructs/bundle/bootstrap-bundle-props';
import type { BundleFlux } from '../../../src/constructs/bundle/bundle-flux';
import { FluxCrds } from '../../../src/constructs/flux-aio/flux-crds';
import { fluxCrds } from '../../../src/constructs/flux-aio/load-crds';
import type { KubeObject } from '../../../src/kubernetes/kube-object';
import { readBundle } from '../../../src/kubernetes/read-bundle';
import { errorOf, thrownBy } from '../../support/errors';
import { find, labelOf } from '../../support/golden';
import { labeled } from '../../support/labeled';

const props = {
  apiServer: ApiServer.fromUrl('https://example.org:6443'),
  namespace: 'platform',
  assets: { image: 'registry.example/assets:1', port: 8123 },
  repositories: [
    { name: 'system', path: '/repos/system' },
    { name: 'apps', namespace: 'tenants', path: '/repos/apps' },
  ],
  flux: {},
} satisfies BootstrapBundleProps;

/** The name of the bundle, which is derived from its assets server. */
const NAME = 'platform.flux-assets';

const bundleOf = (changes: Partial<BootstrapBundleProps> = {}) =>
  new BootstrapBundle(Testing.app(), 'bundle', { ...props, ...changes });

const synthBundle = (changes: Partial<BootstrapBundleProps> = {}): KubeObject[] => Testing.synth(bundleOf(changes));

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'eggtooth-bundle-test-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('a bundle with Flux', () => {
  test('contains everything in the order in which it is applied', () => {
    const releases = [{ name: 'cni', namespace: 'network', repository: 'system' }];

    expect(synthBundle({ releases }).map(labelOf)).toEqual([
      'Namespace flux-system',
      'ServiceAccount flux',
      'ClusterRoleBinding flux',
      'ClusterRole flux-view',
      'ResourceQuota flux',
      'Deployment flux',
      'Namespace platform',
      'Namespace tenants',
      'Namespace network',
      'StatefulSet flux-assets',
      'Service flux-assets',
      'Role flux-assets-reader',
      'RoleBinding flux-assets-reader',
      'HelmRepository system',
      'HelmRepository apps',
      'HelmRelease cni',
    ]);
  });

  test('configures Flux with the API server of its repositories', () => {
    const yaml = JSON.stringify(find(synthBundle(), 'Deployment flux'));

    expect(yaml).toContain('{"name":"KUBERNETES_SERVICE_HOST","value":"example.org"}');
    expect(yaml).toContain('{"name":"KUBERNETES_SERVICE_PORT","value":"6443"}');
  });

  test('has one Namespace where Flux and the charts share it', () => {
    const bundle = bundleOf({ flux: { namespace: 'platform' } });
    const namespaces = Testing.synth(bundle).filter(({ kind }) => kind === 'Namespace');

    expect(namespaces.map(labelOf)).toEqual(['Namespace platform', 'Namespace tenants']);
    expect([...bundle.namespaces.keys()]).toEqual(['platform', 'tenants']);
  });

  test('is written to two files, the CRDs of its Flux release first', () => {
    const outdir = join(scratch, 'per-chart');
    const app = new App({ outdir });
    new BootstrapBundle(app, 'bundle', { ...props, flux: { version: '2.8.0' } });
    app.synth();

    const files = readdirSync(outdir);
    expect(files).toEqual([expect.stringMatching(/^0000-bundle-crds-\w+\.k8s\.yaml$/), '0001-bundle.k8s.yaml']);
    expect(readBundle(join(outdir, files[0] ?? ''))).toEqual(labeled(fluxCrds('2.8.0'), NAME));
    expect(readBundle(join(outdir, files[1] ?? ''))).toEqual(synthBundle({ flux: { version: '2.8.0' } }));
  });

  test('can be written to one file, in the same order', () => {
    const outdir = join(scratch, 'per-app');
    const app = new App({ outdir, yamlOutputType: YamlOutputType.FILE_PER_APP });
    new BootstrapBundle(app, 'bundle', props);
    app.synth();

    expect(readdirSync(outdir)).toEqual(['app.k8s.yaml']);
    expect(readBundle(outdir)).toEqual([...labeled(fluxCrds('2.9.5'), NAME), ...synthBundle()]);
  });

  test('labels the CRDs with the labels of the Chart too', () => {
    const labels = { team: 'platform' };
    const [crds] = bundleOf({ labels }).node.children.filter((child) => child instanceof FluxCrds);
    const synthesized = crds instanceof FluxCrds ? Testing.synth(crds) : [];

    expect(synthesized).toHaveLength(fluxCrds('2.9.5').length);
    for (const { metadata } of synthesized) expect(metadata.labels).toMatchObject(labels);
  });

  test('has the same bytes in every synth', () => {
    const bytes = [1, 2].map((run) => {
      const outdir = join(scratch, `run-${run}`);
      const app = new App({ outdir });
      new BootstrapBundle(app, 'bundle', props);
      app.synth();
      return readdirSync(outdir).map((file) => readFileSync(join(outdir, file), 'utf8'));
    });

    expect(bytes[0]).toEqual(bytes[1]);
  });

  test('can leave the CRDs to a Chart that serves many bundles', () => {
    const app = new App({ outdir: join(scratch, 'many') });
    new FluxCrds(app, 'crds');
    for (const id of ['here', 'there']) new BootstrapBundle(app, id, { ...props, flux: { crds: false } });
    app.synth();

    expect(readdirSync(app.outdir)).toEqual(['crds.k8s.yaml', 'here.k8s.yaml', 'there.k8s.yaml']);
    expect(readBundle(join(app.outdir, 'here.k8s.yaml'))).toEqual(synthBundle());
  });
});

describe('a release of Flux that eggtooth does not know', () => {
  const controllers = ['source-controller', 'helm-controller'] as const;
  const options = Object.fromEntries(controllers.map((name) => [name, { image: `registry.example/${name}:v9` }]));
  const flux = { version: '2.11.0', controllers, options };
  const own = [fluxCrd('helmrepositories', 'source'), fluxCrd('helmreleases', 'helm')];
  const crdsIn = (bundle: BootstrapBundle) =>
    bundle.node.children.filter((child) => child instanceof FluxCrds).flatMap((chart) => Testing.synth(chart));
  const create = (crds?: BundleFlux['crds']) => bundleOf({ flux: { ...flux, crds } });

  test('can be used with its own images and CRDs', () => {
    expect(crdsIn(create(own))).toEqual(labeled(own, NAME));
    expect(crdsIn(create(false))).toEqual([]);
  });

  test('can have its CRDs in a file, of which objects of other kinds are left out', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'eggtooth-own-crds-')), 'flux.yaml');
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'flux-system' } };
    writeFileSync(file, [namespace, ...own].map((object) => JSON.stringify(object)).join('\n---\n'));

    expect(crdsIn(create(file))).toEqual(labeled(own, NAME));
    rmSync(file);
    expect(errorOf('ERR_EGGTOOTH_FILE', () => create(file)).problem).toBe(`cannot read the CRDs of Flux: ${file}`);
  });

  test.each([
    { crds: undefined, missing: 'source-controller, helm-controller' },
    { crds: [], missing: 'source-controller, helm-controller' },
    { crds: [fluxCrd('helmrepositories', 'source')], missing: 'helm-controller' },
    { crds: [fluxCrd('gadgets', 'example'), fluxCrd('helmreleases', 'helm')], missing: 'source-controller' },
  ])('is rejected without the CRDs of $missing', ({ crds, missing }) => {
    expect(errorOf('ERR_EGGTOOTH_OPTION', () => create(crds))).toMatchObject({
      problem: `no CRDs of Flux 2.11.0 for ${missing}`,
      fix: expect.stringContaining('set crds to a file or to objects with the CRDs'),
    });
  });
});

function fluxCrd(plural: string, kit: string): KubeObject {
  const group = `${kit}.toolkit.fluxcd.io`;
  const metadata = { name: `${plural}.${group}` };
  return { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata, spec: { group } };
}

describe('the releases of a bundle', () => {
  test('can install from a source that is on the cluster already', () => {
    const repository = { name: 'upstream', namespace: 'shop', exists: true } as const;
    const objects = synthBundle({ releases: [{ name: 'cilium', repository, version: '1.x' }] });

    expect(find(objects, 'HelmRelease cilium')).toMatchObject({
      metadata: { annotations: { 'eggtooth.dev/existing': 'HelmRepository/shop/upstream' } },
      spec: {
        chart: {
          spec: {
            chart: 'cilium',
            version: '1.x',
            sourceRef: { kind: 'HelmRepository', name: 'upstream', namespace: 'shop' },
          },
        },
      },
    });
    expect(objects.map(labelOf)).not.toContain('Namespace shop');
  });

  test('are retried indefinitely: another strategy fails the synth', () => {
    const create = (options: object) => () =>
      synthBundle({ releases: [{ name: 'cilium', repository: 'system', ...options }] });

    expect(create({ upgrade: { remediation: { retries: 3 } } })).toThrow(
      'error release-retry: HelmRelease platform/cilium spec.upgrade.strategy',
    );
    expect(create({ install: { createNamespace: true } })).not.toThrow();
  });

  test('install the chart of their own name by default', () => {
    const releases = [{ name: 'cilium', repository: 'system', values: { ipv6: true } }];

    expect(find(synthBundle({ releases }), 'HelmRelease cilium')).toMatchObject({
      metadata: { namespace: 'platform' },
      spec: {
        chart: {
          spec: { chart: 'cilium', sourceRef: { kind: 'HelmRepository', name: 'system', namespace: 'platform' } },
        },
        values: { ipv6: true },
      },
    });
  });

  test('can name chart, version and a repository of another namespace', () => {
    const releases = [
      { name: 'shop', namespace: 'tenants', repository: 'tenants/apps', chart: 'web', version: '1.2.3' },
    ];

    expect(find(synthBundle({ releases }), 'HelmRelease shop')).toHaveProperty('spec.chart.spec', {
      chart: 'web',
      version: '1.2.3',
      sourceRef: { kind: 'HelmRepository', name: 'apps', namespace: 'tenants' },
    });
  });

  test.each([
    ['nowhere', 'no repository of the bundle with this name: "nowhere"'],
    ['platform/apps', 'no repository of the bundle with this name: "platform/apps"'],
    ['', 'no repository of the bundle with this name: ""'],
  ])('are rejected with the repository %j', (repository, problem) => {
    expect(thrownBy(() => synthBundle({ releases: [{ name: 'cni', repository }] }))).toMatchObject({
      code: 'ERR_EGGTOOTH_OPTION',
      problem,
      fix: 'use one of platform/system, tenants/apps',
      object: { kind: 'HelmRelease', namespace: 'platform', name: 'cni' },
    });
  });

  test('need the namespace of a repository whose name is not unique', () => {
    const repositories = [
      { name: 'charts', path: '/a' },
      { name: 'charts', namespace: 'tenants', path: '/b' },
    ];
    const build = (repository: string) => synthBundle({ repositories, releases: [{ name: 'cni', repository }] });

    expect(thrownBy(() => build('charts'))).toMatchObject({
      problem: 'several repositories of the bundle with this name: "charts"',
      fix: 'use one of platform/charts, tenants/charts',
    });
    expect(find(build('tenants/charts'), 'HelmRelease cni')).toHaveProperty(
      'spec.chart.spec.sourceRef.namespace',
      'tenants',
    );
  });
});

describe('a bundle that reads on localhost', () => {
  test('from a sidecar has no server, no rights and no certificate', () => {
    const objects = synthBundle({ localhost: 'sidecar' });

    expect(objects.map(labelOf)).toEqual([
      'Namespace flux-system',
      'ServiceAccount flux',
      'ClusterRoleBinding flux',
      'ClusterRole flux-view',
      'ResourceQuota flux',
      'Deployment flux',
      'Namespace platform',
      'Namespace tenants',
      'HelmRepository system',
      'HelmRepository apps',
    ]);
    expect(find(objects, 'HelmRepository apps').spec).toEqual({
      url: 'http://localhost:8123/repos/apps',
      interval: '5m0s',
    });
    expect(find(objects, 'Namespace platform').metadata.labels).toEqual({ 'eggtooth.dev/bundle': NAME });
    expect(find(objects, 'Deployment flux')).toHaveProperty('spec.template.spec.containers.5.name', 'flux-assets');
  });

  test('from the same node has a server that follows Flux to its node, and no rights', () => {
    const objects = synthBundle({ localhost: 'same-node' });

    expect(objects.filter(({ kind }) => /^Role/.test(kind))).toEqual([]);
    expect(find(objects, 'StatefulSet flux-assets')).toHaveProperty('spec.template.spec.affinity.podAffinity');
    expect(find(objects, 'HelmRepository system')).toHaveProperty('spec.url', 'http://localhost:8123/repos/system');
  });

  test.each([
    ['without Flux', { flux: undefined }, 'needs Flux', 'add flux: {}'],
    [
      'with a route',
      { route: bundleOf().server.serviceRoute },
      'has no route through the API server',
      'remove route or localhost',
    ],
    [
      'with several sidecars',
      { assets: { ...props.assets, replicas: 2 } },
      'from a sidecar has no assets.replicas',
      'remove assets.replicas',
    ],
  ])('is rejected %s', (_, changes, problem, fix) => {
    expect(thrownBy(() => synthBundle({ localhost: 'sidecar', ...changes }))).toMatchObject({
      code: 'ERR_EGGTOOTH_OPTION',
      problem: `a bundle that reads on localhost ${problem}: bundle`,
      fix,
    });
  });

  test.each(['server', 'reader'] as const)('reports that it has no %s', (part) => {
    const bundle = bundleOf({ localhost: 'sidecar' });

    expect(thrownBy(() => bundle[part])).toMatchObject({
      code: 'ERR_EGGTOOTH_OPTION',
      problem: `a bundle that reads on localhost has no ${part}: bundle`,
    });
  });
});
