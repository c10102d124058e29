import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { Testing } from 'cdk8s';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiServer, BootstrapBundle, type BootstrapBundleProps } from '../../src';
import type { Cluster as Client } from '../../src/cluster/cluster';
import { clusterFromKubeconfig } from '../../src/cluster/kubeconfig';
import { newestFlux } from '../../src/constructs/flux-aio/flux-releases';
import { fluxCrds } from '../../src/constructs/flux-aio/load-crds';
import type { KubeObject } from '../../src/kubernetes/kube-object';
import { cleanUp, migrate } from '../../src/migration';
import { up } from '../../src/up';
import {
  type ControlPlane,
  type FileServer,
  makeCharts,
  pushChart,
  runPod,
  serveFolder,
  startControlPlane,
  startFlux,
  startRegistry,
} from '../../tools/control-plane';
import { Cases } from './support/cases';

const PORT = 8200;

let cluster: ControlPlane;
let client: Client;
let cases: Cases;
let charts: string;
let server: FileServer;
let registry: string;
beforeAll(async () => {
  cluster = await startControlPlane();
  client = await clusterFromKubeconfig({ kubeconfig: cluster.kubeconfig });
  charts = mkdtempSync(join(cluster.dir, 'charts-'));
  cases = new Cases(cluster, charts);
  await makeCharts(charts, { 'repos/system': [{ name: 'own' }], public: [{ name: 'app' }, { name: 'own' }] });
  server = await serveFolder(charts, cluster.address, PORT);
  registry = `${(await startRegistry(cluster)).host}/charts`;
  await pushChart(registry, { name: 'network' });
  await cluster.apply(fluxCrds(newestFlux));
  await startFlux(cluster, { controllers: ['source-controller', 'helm-controller'] });
});
afterAll(async () => {
  client?.close();
  await server?.stop();
  await cluster?.stop();
});

/** A bundle with the charts `app` of a public repository and `network` of a registry. */
function bundle(namespace: string, changes: Partial<BootstrapBundleProps> = {}): readonly KubeObject[] {
  const props: BootstrapBundleProps = {
    apiServer: ApiServer.fromUrl(cluster.url, { certificateAuthority: cluster.ca }),
    namespace,
    repositories: [repository('public'), chart('0.1.0')],
    releases: [
      { name: 'app', repository: 'public' },
      { name: 'network', repository: 'network' },
    ],
  };
  return Testing.synth(new BootstrapBundle(Testing.app(), 'bundle', { ...props, ...changes }));
}

const repository = (path: string) => ({ name: 'public', url: `http://${cluster.address}:${PORT}/${path}` });
const chart = (tag: string) => ({
  name: 'network',
  url: `oci://${registry}/network`,
  version: { tag },
  insecure: true,
});

describe('up', () => {
  test('installs charts from a public repository and a registry without a certificate', async () => {
    const result = await up(client, bundle('without-assets'), { timeout: 240_000 });

    expect(result).toMatchObject({
      issued: [],
      repositories: [
        { kind: 'HelmRepository', name: 'public', ready: true },
        { kind: 'OCIRepository', name: 'network', ready: true, revision: expect.stringMatching(/^0\.1\.0@sha256:/) },
      ],
      releases: [
        { name: 'app', ready: true, revision: '0.1.0' },
        { name: 'network', ready: true, revision: expect.stringMatching(/^0\.1\.0/) },
      ],
    });
    const installed = await cluster.kubectl(['get', 'configmap', '-n', 'without-assets', '-o', 'name']);
    expect(installed.split('\n')).toEqual(expect.arrayContaining(['configmap/app', 'configmap/network']));
    expect(await cluster.kubectl(['get', 'csr', '-o', 'name'])).not.toContain('without-assets');
  });

  test('installs them beside charts from the assets server, which alone are read with a certificate, until it is migrated', async () => {
    const namespace = 'with-assets';
    const objects = bundle(namespace, {
      assets: { name: 'assets', image: 'registry.example/assets:1', port: 8123 },
      repositories: [{ name: 'system', path: '/repos/system' }, repository('public'), chart('0.1.0')],
      releases: [
        { name: 'own', repository: 'system' },
        { name: 'app', repository: 'public' },
        { name: 'network', repository: 'network' },
      ],
    });

    const [result] = await Promise.all([
      up(client, objects, { timeout: 240_000 }),
      runPod(cluster, { namespace, name: 'assets-0', port: 8123, folder: charts }),
    ]);

    expect(result.issued.map(({ user }) => user)).toEqual(['assets-reader']);
    expect(result.repositories.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'HelmRepository system',
      'HelmRepository public',
      'OCIRepository network',
    ]);
    expect(result.releases.map(({ name, ready }) => ({ name, ready }))).toEqual(
      ['own', 'app', 'network'].map((name) => ({ name, ready: true })),
    );
    expect(server.requests).toContain('/public/index.yaml');
    expect(server.requests.filter((path) => path.startsWith('/repos'))).toEqual([]);

    const next = bundle(namespace, {
      releases: [
        { name: 'own', repository: 'public' },
        { name: 'app', repository: 'public' },
        { name: 'network', repository: 'network' },
      ],
    });
    const { sources } = await migrate(client, objects, next, { timeout: 240_000 });
    expect(sources.map(({ kind, name, ready }) => ({ kind, name, ready }))).toEqual([
      { kind: 'HelmRepository', name: 'public', ready: true },
      { kind: 'OCIRepository', name: 'network', ready: true },
    ]);
    await up(client, next, { timeout: 240_000 });
    const { removed, checks } = await cleanUp(client, objects, next, { timeout: 240_000 });
    expect(removed).toContainEqual(expect.objectContaining({ kind: 'Secret', name: 'assets-tls' }));
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
  });
});

describe.concurrent('up reports', () => {
  test('a URL without an index', async () => {
    const objects = bundle('wrong-url', { repositories: [repository('elsewhere'), chart('0.1.0')] });

    const { stderr } = await cases.expectLink(
      objects,
      'HelmRepository wrong-url/public: Flux cannot read it: the server has nothing at that address',
      'compare spec.url with the URL of helm repo add',
    );
    expect(stderr).toContain('404 Not Found');
  });

  test('a chart that the repository does not have', async () => {
    const objects = bundle('missing-chart', { releases: [{ name: 'other', repository: 'public' }] });

    await cases.expectLink(
      objects,
      'HelmChart missing-chart/missing-chart-other: Flux cannot read it: the repository has no such chart or version',
      'compare spec.chart of the HelmRelease with the index',
    );
  });

  test('a tag that the registry does not have', async () => {
    const objects = bundle('missing-tag', { repositories: [repository('public'), chart('9.9.9')] });

    await cases.expectLink(
      objects,
      'OCIRepository missing-tag/network: Flux cannot read it: the registry does not have the artifact',
      'push the artifact, or fix spec.url and spec.ref',
    );
  });

  test('a Secret with credentials that nobody has created', async () => {
    const secretRef = { name: 'login' };
    const objects = bundle('missing-secret', {
      repositories: [repository('public'), { ...chart('0.1.0'), secretRef }],
    });

    await cases.expectLink(
      objects,
      'OCIRepository missing-secret/network: Flux cannot read it: the Secret or ServiceAccount that it names does not exist',
      'create what the message names',
    );
  });
});
