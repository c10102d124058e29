import { App, Chart, Testing } from 'cdk8s';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ArtifactSource, ChartArtifacts, OciAssets, type OciAssetsProps } from '../../src';
import type { KubeObject } from '../../src/kubernetes/kube-object';
import { type Cluster, startCluster } from '../../tools/control-plane';

// source-watcher is not published as a Go module and cannot be built here. Instead, the API server validates the objects
// with Flux's CRDs.

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
  await cluster.apply('crds/2.9.5.json');
  await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);
});
afterAll(() => cluster?.stop());

/** The error of a dry run with strict field validation; empty if the API server accepts the object. */
function refusalOf(object: object): Promise<string> {
  const args = ['create', '--dry-run=server', '--validate=strict', '-f', '-'];
  return cluster.kubectl(args, JSON.stringify(object)).then(
    () => '',
    (error: Error) => error.message,
  );
}

const namespace = 'default';
const assets: OciAssetsProps = {
  name: 'assets',
  namespace,
  url: 'oci://registry.example/platform/charts',
  version: { digest: `sha256:${'0123456789abcdef'.repeat(4)}` },
};
const source: ArtifactSource = { alias: 'assets', kind: 'OCIRepository', name: 'assets', namespace };
const network = {
  name: 'network',
  path: 'system/network',
  libraries: ['library/common'],
  valuesFiles: ['values.yaml', 'values-talos.yaml'],
};

/** The chartRef of a chart, and the objects that it depends on. */
function build(): { readonly chartRef: object; readonly objects: readonly KubeObject[] } {
  const chart = new Chart(new App(), 'chart');
  const repository = new OciAssets(chart, 'assets', {
    ...assets,
    labels: { 'example.org/part': 'charts' },
    timeout: '1m30s',
    secretRef: { name: 'registry' },
    certSecretRef: { name: 'registry-tls' },
    insecure: true,
  });
  const artifacts = new ChartArtifacts(chart, 'charts', {
    name: 'charts',
    namespace,
    sources: [repository.source, { alias: 'site_1', kind: 'GitRepository', name: 'site' }],
    charts: [network, { name: 'dns.v2', path: '@site_1/dns' }],
  });
  return { chartRef: artifacts.chartRef('network'), objects: Testing.synth(chart) };
}

const release = (spec: object): KubeObject => ({
  apiVersion: 'helm.toolkit.fluxcd.io/v2',
  kind: 'HelmRelease',
  metadata: { name: 'network', namespace },
  spec: { interval: '5m', ...spec },
});

describe('the API server accepts', () => {
  test('what the constructs create', async () => {
    const { objects } = build();

    expect(objects.map(({ kind }) => kind)).toEqual(['OCIRepository', 'ArtifactGenerator']);
    for (const object of objects) expect(await refusalOf(object)).toBe('');
  });

  test('a HelmRelease with their chartRef', async () => {
    expect(await refusalOf(release({ chartRef: build().chartRef }))).toBe('');
  });

  test('the ExternalArtifact that source-watcher creates', async () => {
    const { apiVersion, kind, metadata } = build().objects[1] as KubeObject;
    const externalArtifact = {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'ExternalArtifact',
      metadata: { name: 'network', namespace },
      spec: { sourceRef: { apiVersion, kind, name: metadata.name, namespace } },
    };

    expect(await refusalOf(externalArtifact)).toBe('');
  });
});

/** An ArtifactGenerator with another value in one field. */
function generator(field: 'sources' | 'artifacts', value: unknown): KubeObject {
  const copy = [{ from: '@assets/system/network/**', to: '@artifact/network/' }];
  return {
    apiVersion: 'source.extensions.fluxcd.io/v1beta1',
    kind: 'ArtifactGenerator',
    metadata: { name: 'charts', namespace },
    spec: { sources: [source], artifacts: [{ name: 'network', copy }], [field]: value },
  };
}

const sourceWith = (change: object) => [{ ...source, ...change }];
const artifacts = (sources: object, charts: object) =>
  new ChartArtifacts(new Chart(new App(), 'chart'), 'charts', {
    name: 'charts',
    namespace,
    sources: sources as readonly ArtifactSource[],
    charts: charts as [],
  });

describe('the API server and the construct both reject', () => {
  const copy = [{ from: '@assets/**', to: '@artifact/x/' }];

  test.each<readonly [what: string, object: KubeObject, says: RegExp, construct: () => unknown]>([
    [
      'a HelmRepository as a source',
      generator('sources', sourceWith({ kind: 'HelmRepository' })),
      /spec\.sources\[0\]\.kind: Unsupported value: "HelmRepository"/,
      () => artifacts(sourceWith({ kind: 'HelmRepository' }), [network]),
    ],
    [
      'an alias in capitals',
      generator('sources', sourceWith({ alias: 'Assets' })),
      /spec\.sources\[0\]\.alias in body should match '\^\[a-z0-9\]/,
      () => artifacts(sourceWith({ alias: 'Assets' }), [network]),
    ],
    [
      'an alias of 64 characters',
      generator('sources', sourceWith({ alias: 'a'.repeat(64) })),
      /spec\.sources\[0\]\.alias: Too long: may not be more than 63/,
      () => artifacts(sourceWith({ alias: 'a'.repeat(64) }), [network]),
    ],
    [
      'a source with a dot in its name',
      generator('sources', sourceWith({ name: 'assets.v1' })),
      /spec\.sources\[0\]\.name in body should match '\^\[a-z0-9\]/,
      () => artifacts(sourceWith({ name: 'assets.v1' }), [network]),
    ],
    [
      'no source',
      generator('sources', []),
      /spec\.sources in body should have at least 1 items/,
      () => artifacts([], [network]),
    ],
    [
      'no artifact',
      generator('artifacts', []),
      /spec\.artifacts in body should have at least 1 items/,
      () => artifacts([source], []),
    ],
    [
      'an artifact with an invalid name',
      generator('artifacts', [{ name: '{app}', copy }]),
      /artifact names must be valid Kubernetes object names when pathPattern is not set/,
      () => artifacts([source], [{ ...network, name: '{app}' }]),
    ],
    [
      'an artifact that leaves its folder',
      generator('artifacts', [{ name: 'network', copy: [{ from: '@assets/**', to: '@artifact/../' }] }]),
      /spec\.artifacts\[0\]\.copy\[0\]\.to in body should match/,
      () => artifacts([source], [{ ...network, path: 'system/..' }]),
    ],
  ])('%s', async (_, object, says, construct) => {
    expect(await refusalOf(object)).toMatch(says);
    expect(construct).toThrow(expect.objectContaining({ code: 'ERR_EGGTOOTH_SOURCE' }));
  });

  test('an artifact without a copy operation, which no construct can create', async () => {
    const refusal = await refusalOf(generator('artifacts', [{ name: 'network', copy: [] }]));

    expect(refusal).toMatch(/spec\.artifacts\[0\]\.copy in body should have at least 1 items/);
  });

  test.each<readonly [field: string, change: Partial<OciAssetsProps>, says: RegExp]>([
    ['url', { url: 'https://registry.example/charts' }, /spec\.url in body should match '\^oci:\/\/\.\*\$'/],
    ['interval', { interval: '5 minutes' }, /spec\.interval in body should match/],
    ['timeout', { timeout: '1h' }, /spec\.timeout in body should match/],
  ])('an OCIRepository with a bad %s', async (_, change, says) => {
    const [object] = build().objects;
    const spec = { ...(object?.spec as object), ...change };

    expect(await refusalOf({ ...object, spec })).toMatch(says);
    const construct = () => new OciAssets(new Chart(new App(), 'chart'), 'assets', { ...assets, ...change });
    expect(construct).toThrow(expect.objectContaining({ code: 'ERR_EGGTOOTH_SOURCE' }));
  });
});

describe('the API server rejects', () => {
  test('a HelmRelease with a chart and a chartRef', async () => {
    const chart = { spec: { chart: 'network', sourceRef: { kind: 'HelmRepository', name: 'system' } } };

    const refusal = await refusalOf(release({ chart, chartRef: build().chartRef }));

    expect(refusal).toContain('either chart or chartRef must be set');
  });

  test('a HelmRelease with a chartRef to a HelmRepository', async () => {
    const refusal = await refusalOf(release({ chartRef: { kind: 'HelmRepository', name: 'system' } }));

    expect(refusal).toContain('spec.chartRef.kind: Unsupported value: "HelmRepository"');
  });
});
