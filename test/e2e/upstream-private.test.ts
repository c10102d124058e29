import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../src/kubernetes/kube-object';
import {
  createAuthority,
  createCosignKey,
  type ForwardProxy,
  makeCharts,
  pushChart,
  type ReverseProxy,
  type ReverseProxyOptions,
  serveFolder,
  signWithNotation,
  startForwardProxy,
  startRegistry,
  startReverseProxy,
} from '../../tools/control-plane';
import {
  UPSTREAM_NAMESPACE as namespace,
  releaseObject,
  type Source,
  secret,
  sourceObject,
  trustPolicy,
  UpstreamStage,
} from './support/upstream-stage';

/** Ports of the chart repository behind the private ones, and of the registry that is reached only through the proxy. */
const [CHARTS_PORT, DISTANT_PORT] = [8080, 9];

const user = { username: 'flux', password: 'pass:word' };
const [ca, client, credentials, docker, proxySecret] = ['ca', 'client', 'credentials', 'docker', 'proxy'].map(
  (name) => ({
    name,
  }),
);

/** How the servers are private. */
const servers = {
  registry: { user },
  clientsRegistry: { clientCertificates: true },
  charts: { user },
  clientsCharts: { clientCertificates: true },
  archives: { user },
  // source-controller keeps connections to chart repositories for a minute, and uses them for all HelmRepositories,
  // whatever their Secrets are. So what must not get a connection has a server of its own.
  unknownCharts: { user },
  strangersCharts: { clientCertificates: true },
} satisfies Record<string, Omit<ReverseProxyOptions, 'authority'>>;
type ServerName = keyof typeof servers;

let stage: UpstreamStage;
let proxy: ForwardProxy;
const running = {} as Record<ServerName, ReverseProxy>;

beforeAll(async () => {
  stage = await UpstreamStage.start(['source-controller', 'helm-controller']);
  const { cluster, registry, address } = stage;
  const authority = await createAuthority('private');
  for (const [name, options] of Object.entries(servers)) {
    const target = name.endsWith('egistry') ? registry.host : `${address}:${CHARTS_PORT}`;
    const server = await startReverseProxy(target, address, { authority, ...options });
    cluster.onStop(server.stop);
    running[name as ServerName] = server;
  }
  const folder = mkdtempSync(join(cluster.dir, 'charts-'));
  await makeCharts(folder, { own: [{ name: 'app' }] });
  await makeCharts(folder, { elsewhere: [{ name: 'app' }] }, `https://${running.archives.host}/elsewhere`);
  cluster.onStop((await serveFolder(folder, address, CHARTS_PORT)).stop);
  const chart = await pushChart(`${registry.host}/charts`, { name: 'app' });
  const [cosignKey, notary] = [await createCosignKey(cluster.dir), await createAuthority('notary')];
  await cosignKey.sign(chart);
  await signWithNotation(chart, notary);
  const distant = `${address}:${DISTANT_PORT}`;
  proxy = await startForwardProxy(address, { [distant]: running.registry.host }, user);
  cluster.onStop(proxy.stop);

  const { certificate, key } = await authority.signClient({ user: 'flux' });
  const auths = { [running.registry.host]: user, [distant]: user };
  await cluster.apply([
    secret('ca', { 'ca.crt': authority.certificate }),
    secret('client', { 'ca.crt': authority.certificate, 'tls.crt': certificate, 'tls.key': key }),
    secret('credentials', user),
    secret('docker', { '.dockerconfigjson': JSON.stringify({ auths }) }, 'kubernetes.io/dockerconfigjson'),
    secret('key', { 'cosign.pub': cosignKey.publicKey }),
    secret('notary', { 'trustpolicy.json': trustPolicy('strict'), 'ca.crt': notary.certificate }),
    secret('proxy', { address: proxy.url, ...user }),
    secret('proxy-of-another', { address: proxy.url, ...user, username: 'another' }),
    {
      ...{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'puller', namespace } },
      imagePullSecrets: [docker],
    },
  ] as KubeObject[]);
});
afterAll(() => stage?.stop());

const oci = ({ host }: { readonly host: string }) => `oci://${host}/charts/app`;
const https = (server: ServerName, path = 'own') => `https://${running[server].host}/${path}`;

type SourceName =
  | `oci-${'credentials' | 'service-account' | 'client' | 'proxy' | 'http' | 'signed' | 'notarized'}`
  | `helm-${'credentials' | 'client' | 'elsewhere'}`;

/** Sources with what Flux needs to read them. */
const needs: Record<SourceName, () => Source> = {
  'oci-credentials': () => ({ url: oci(running.registry), certSecretRef: ca, secretRef: docker }),
  'oci-service-account': () => ({ url: oci(running.registry), certSecretRef: ca, serviceAccountName: 'puller' }),
  'oci-client': () => ({ url: oci(running.clientsRegistry), certSecretRef: client }),
  'oci-proxy': () => ({
    ...{ url: oci({ host: `${stage.address}:${DISTANT_PORT}` }), proxySecretRef: proxySecret },
    ...{ certSecretRef: ca, secretRef: docker },
  }),
  'oci-http': () => ({ url: oci(stage.registry), insecure: true }),
  'oci-signed': () => ({ ...needs['oci-proxy'](), verify: { provider: 'cosign', secretRef: { name: 'key' } } }),
  'oci-notarized': () => ({ ...needs['oci-proxy'](), verify: { provider: 'notation', secretRef: { name: 'notary' } } }),
  'helm-credentials': () => ({ url: https('charts'), certSecretRef: ca, secretRef: credentials }),
  'helm-client': () => ({ url: https('clientsCharts'), certSecretRef: client }),
  'helm-elsewhere': () => ({
    ...{ url: https('charts', 'elsewhere'), passCredentials: true },
    ...{ certSecretRef: ca, secretRef: credentials },
  }),
};

/** What a source lacks, how, and what up says about it: the message of source-controller, and the fix. */
const lacks: readonly (readonly [SourceName, string, () => Partial<Source>, RegExp, RegExp])[] = [
  [
    'oci-credentials',
    'its credentials',
    () => ({ secretRef: undefined }),
    /denies access .*401 Unauthorized/,
    /set spec.secretRef to a Secret with credentials/,
  ],
  [
    'oci-credentials',
    'its CA',
    () => ({ certSecretRef: undefined }),
    /does not trust the CA .*signed by unknown authority/,
    /name it in spec.certSecretRef/,
  ],
  [
    'oci-service-account',
    'its pull secrets',
    () => ({ serviceAccountName: 'default' }),
    /denies access .*401 Unauthorized/,
    /set spec.secretRef/,
  ],
  [
    'oci-service-account',
    'its ServiceAccount',
    () => ({ serviceAccountName: 'missing' }),
    /does not exist .*serviceaccount 'default\/missing' not found/,
    /create what the message names/,
  ],
  [
    'oci-client',
    'its client certificate',
    () => ({ certSecretRef: ca }),
    /requires a client certificate .*tls: certificate required/,
    /tls.crt and tls.key/,
  ],
  [
    'oci-proxy',
    'its proxy',
    () => ({ proxySecretRef: undefined }),
    /nothing answers .*connection refused/,
    /through a proxy/,
  ],
  [
    'oci-proxy',
    'the user of its proxy',
    () => ({ proxySecretRef: { name: 'proxy-of-another' } }),
    /proxy denies access .*Proxy Authentication Required/,
    /spec.proxySecretRef/,
  ],
  [
    'oci-http',
    'the permission to use HTTP',
    () => ({ insecure: undefined }),
    /has no TLS .*HTTP response to HTTPS client/,
    /set spec.insecure/,
  ],
  [
    'helm-credentials',
    'its credentials',
    () => ({ secretRef: undefined }),
    /denies access .*401 Unauthorized/,
    /set spec.secretRef to a Secret with credentials/,
  ],
  [
    'helm-credentials',
    'its Secret',
    () => ({ secretRef: { name: 'missing' } }),
    /does not exist .*secrets "missing" not found/,
    /create what the message names/,
  ],
  [
    'helm-credentials',
    'its CA',
    () => ({ url: https('unknownCharts'), certSecretRef: undefined }),
    /does not trust the CA .*signed by unknown authority/,
    /name it in spec.certSecretRef/,
  ],
  [
    'helm-client',
    'its certificate',
    () => ({ url: https('strangersCharts'), certSecretRef: ca }),
    /requires a client certificate .*tls: certificate required/,
    /tls.crt and tls.key/,
  ],
];

describe('a private source that lacks something', () => {
  const objects: KubeObject[] = [];
  let elsewhere: readonly [KubeObject, KubeObject];

  beforeAll(async () => {
    for (const [index, [source, , change]] of lacks.entries()) {
      objects.push(sourceObject(`${source}-${index}`, { ...needs[source](), ...change() } as Source));
    }
    const repository = sourceObject('passes-nothing', {
      ...needs['helm-elsewhere'](),
      passCredentials: undefined,
    } as Source);
    elsewhere = [repository, releaseObject('passes-nothing', repository)];
    await stage.cluster.apply([...objects, ...elsewhere]);
    await stage.untilFailed(objects);
  });

  test.concurrent.each(lacks.map(([...one], index) => [...one, index] as const))(
    '%s without %s: up reports why Flux cannot read it, and the fix',
    async (_source, _lack, _change, problem, fix, index) => {
      const object = objects[index] as KubeObject;
      await stage.expectBroken([object], object, problem, fix);
    },
  );

  test.concurrent('helm-elsewhere without passCredentials: up reports that Flux cannot download the chart', async () => {
    const chart = { apiVersion: '', kind: 'HelmChart', metadata: { name: `${namespace}-passes-nothing` } };
    await stage.expectBroken(elsewhere, chart, /denies access .*401 Unauthorized/, /set spec.passCredentials/);
  });
});

describe('a private source', () => {
  test('is read by Flux with what it needs, and helm-controller installs its chart', async () => {
    const sources = Object.entries(needs).map(([name, source]) => sourceObject(name, source()));
    const installed = ['oci-proxy', 'helm-credentials', 'helm-elsewhere'];
    const releases = sources
      .filter(({ metadata }) => installed.includes(metadata.name ?? ''))
      .map((source) => releaseObject(`from-${source.metadata.name}`, source));

    const result = await stage.up([...sources, ...releases]);

    expect(result.repositories.map(({ name }) => name)).toEqual(Object.keys(needs));
    expect(result.releases.map(({ name, revision }) => [name, revision])).toEqual(
      releases.map(({ metadata }) => [metadata.name, expect.stringMatching(/^0\.1\.0/)]),
    );
    expect(result.issued).toEqual([]);
    expect(proxy.tunnels).toContain(`${stage.address}:${DISTANT_PORT}`);
    expect(running.archives.requests).toContain('GET /elsewhere/app-0.1.0.tgz 200');
  });

  test('at a private address is read over HTTP without insecure', async () => {
    const registry = await startRegistry(stage.cluster);
    await pushChart(`${registry.host}/charts`, { name: 'app' });

    const { repositories } = await stage.up([sourceObject('private-address', { url: oci(registry) })]);

    expect(repositories).toMatchObject([{ name: 'private-address', ready: true }]);
  });
});
