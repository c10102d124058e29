import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ChartRelease, ProxyRoute } from '../../src';
import { Chain } from '../../src/chain/chain';
import { check } from '../../src/chain/rules/check';
import { newestFlux } from '../../src/constructs/flux-aio/flux-releases';
import { fluxCrds } from '../../src/constructs/flux-aio/load-crds';
import { conditionOf } from '../../src/kubernetes/conditions';
import { stringAt } from '../../src/kubernetes/fields';
import { RECONCILE_ANNOTATION } from '../../src/kubernetes/flux';
import type { KubeObject } from '../../src/kubernetes/kube-object';
import {
  type ControlPlane,
  eventually,
  makeCharts,
  runPod,
  startControlPlane,
  startFlux,
} from '../../tools/control-plane';
import { by, from, release } from '../chain/broken/release';
import { goldenEndpoint, goldenObjects, goldenRoute, goldenThroughService } from '../support/golden';
import { synth } from '../support/synth';

/** Compares the rules with a real API server: it must reject what a rule reports, and accept everything else. */
let cluster: ControlPlane;
let address: string;

beforeAll(async () => {
  cluster = await startControlPlane();
  await cluster.apply(fluxCrds(newestFlux));
  await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);
  await cluster.apply(goldenObjects());
  const folder = mkdtempSync(join(cluster.dir, 'charts-'));
  await makeCharts(folder, { 'repos/apps': [{ name: 'shop' }, { name: 'late', templates: { 'late.yaml': late } }] });
  const pod = { namespace: 'cozy-system', name: 'cozystack-assets-0', port: 8123, folder };
  ({ address } = await runPod(cluster, pod));
  const endpoints = { apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 'by-hand', namespace: 'cozy-system' } };
  const ports = [{ name: 'http', port: 8123 }];
  await cluster.apply({ ...endpoints, subsets: [{ addresses: [{ ip: address }], ports }] });
});
afterAll(() => cluster?.stop());

/** A chart that cannot be installed before the Namespace exists. */
const late = `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
  namespace: late
`;

describe('the API server proxies to a Service if and only if service-selector reports nothing:', () => {
  const selector = { app: 'cozystack-assets' };
  const [named, unnamed] = [
    { name: 'http', port: 80, targetPort: 8123 },
    { port: 80, targetPort: 8123 },
  ];

  test.each([
    { name: 'by-name', port: 'http', spec: { selector, ports: [named] }, answered: true },
    { name: 'by-number', port: 80, spec: { selector, ports: [named] }, answered: true },
    { name: 'without-name', spec: { selector, ports: [unnamed] }, answered: true },
    {
      name: 'headless',
      port: 'http',
      spec: { selector, ports: [{ ...named, port: 8123 }], clusterIP: 'None' },
      answered: true,
    },
    { name: 'other-name', port: 'web', spec: { selector, ports: [named] } },
    { name: 'other-number', port: 8123, spec: { selector, ports: [named] } },
    { name: 'name-not-spelled', spec: { selector, ports: [named] } },
    { name: 'by-hand', port: 'http', spec: { ports: [named] } },
    { name: 'elsewhere', port: 'http', spec: { type: 'ExternalName', externalName: 'charts.example', ports: [named] } },
  ])('$name', async ({ name, port, spec, answered }) => {
    const service: KubeObject = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: 'cozy-system' },
      spec,
    };
    const route = ProxyRoute.service({ namespace: 'cozy-system', name, port });
    await cluster.apply(service);

    if ('selector' in spec) await eventually(() => hasAddress(name));

    const rules = check(Chain.fromObjects(through(service, route))).map(({ rule }) => rule);
    const index = cluster.kubectl(['get', '--raw', route.path('/repos/apps/index.yaml')]);

    expect(rules).toEqual(answered ? [] : ['service-selector']);
    if (answered) await expect(index).resolves.toContain('shop-0.1.0.tgz');
    else await expect(index).rejects.toThrow(/no endpoints available|no service port|"elsewhere" not found/);
  });
});

async function hasAddress(service: string): Promise<boolean> {
  const slices = ['get', 'endpointslices', '-n', 'cozy-system', '-l', `kubernetes.io/service-name=${service}`];
  return (await cluster.kubectl([...slices, '-o', 'jsonpath={.items[*].endpoints[*].addresses[0]}'])) !== '';
}

/** The golden bundle with another Service and a route to it. */
function through(service: KubeObject, route: ProxyRoute): KubeObject[] {
  const others = goldenThroughService().filter(({ kind }) => kind !== 'Service');
  const text = JSON.stringify(others)
    .replaceAll(goldenRoute.replace(/pods.*/, 'services/cozystack-assets:http/proxy'), `${route}`)
    .replaceAll('"cozystack-assets:http"', JSON.stringify(route.segment));
  expect(text).toContain(`${goldenEndpoint}${route}/`);
  return [...JSON.parse(text), service];
}

describe('the API server accepts an object if and only if no rule reports it:', () => {
  const brought = { kind: 'HelmRepository', name: 'cozystack-apps', namespace: 'cozy-public' };
  const artifact: KubeObject = {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'OCIRepository',
    metadata: { name: 'any', namespace: 'cozy-system' },
    spec: {},
  };
  const fromOci = { kind: 'OCIRepository', name: 'any' };
  const image = 'registry.example/any:1';
  const pod = (...ports: number[]): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'any', namespace: 'cozy-system' },
    spec: {
      hostNetwork: true,
      containers: ports.map((containerPort, index) => ({ name: `c${index}`, image, ports: [{ containerPort }] })),
    },
  });

  function called(apiVersion: string, kind: string, name: string): KubeObject {
    const namespaced = kind !== 'Namespace' && kind !== 'ClusterRole';
    return { apiVersion, kind, metadata: { name, ...(namespaced && { namespace: 'cozy-system' }) } };
  }

  test.each([
    { what: 'a HelmRelease with a sourceRef', object: release('any') },
    { what: 'a HelmRelease with a chartRef', object: release('any', by(fromOci)) },
    { what: 'a HelmRelease with neither', object: release('any', { chart: undefined }), rule: 'release-source' },
    { what: 'a HelmRelease with both', object: release('any', { chartRef: fromOci }), rule: 'release-source' },
    { what: 'an OCIRepository as sourceRef', object: release('any', from(fromOci)), rule: 'release-source' },
    { what: 'a HelmRepository as chartRef', object: release('any', by(brought)), rule: 'release-source' },
    {
      what: 'a chart that is null beside a chartRef',
      object: release('any', { ...by(fromOci), chart: null }),
      rule: 'release-source',
    },
    { what: 'a timeout that is null', object: release('any', { timeout: null }), rule: 'interval' },
    { what: 'a releaseName of 53 characters', object: release('any', { releaseName: 'a'.repeat(53) }) },
    {
      what: 'a releaseName of 54 characters',
      object: release('any', { releaseName: 'a'.repeat(54) }),
      rule: 'release-name',
    },
    { what: 'a name of 63 characters', object: release('a'.repeat(63)) },
    { what: 'no interval', object: release('any', { interval: undefined }), rule: 'interval' },
    { what: 'an interval of days', object: release('any', { interval: '1d' }), rule: 'interval' },
    { what: 'a timeout of hours', object: release('any', { timeout: '1h' }) },
    { what: 'two containers on two ports', object: pod(9000, 9001) },
    { what: 'two containers on one port', object: pod(9000, 9000), rule: 'host-ports' },
    { what: 'a name in capitals', object: called('v1', 'ConfigMap', 'System'), rule: 'object-name' },
    { what: 'a dot in the name of a Namespace', object: called('v1', 'Namespace', 'a.b'), rule: 'object-name' },
    { what: 'a dot in another name', object: called('v1', 'ConfigMap', 'a.b') },
    {
      what: 'a HelmRepository called System',
      object: {
        ...called('source.toolkit.fluxcd.io/v1', 'HelmRepository', 'System'),
        spec: { url: 'https://a.example/b' },
      },
      rule: 'object-name',
    },
    {
      what: 'a colon and capitals in the name of a ClusterRole',
      object: called('rbac.authorization.k8s.io/v1', 'ClusterRole', 'System:Reader'),
    },
  ])('$what', async ({ object, rule }) => {
    const rules = check(Chain.fromObjects([...goldenObjects(), artifact, object])).map((finding) => finding.rule);
    const dryRun = cluster.kubectl(['apply', '--server-side', '--dry-run=server', '-f', '-'], JSON.stringify(object));

    expect(rules).toEqual(rule === undefined ? [] : [rule]);
    if (rule === undefined) await expect(dryRun).resolves.toContain('serverside-applied');
    else await expect(dryRun).rejects.toThrow(/invalid|must be set|Duplicate value|Required/i);
  });
});

test('the API server takes a cluster-scoped object that has a namespace, and removes it: cluster-scope only warns', async () => {
  const object: KubeObject = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'stamped', namespace: 'cozy-system' },
  };

  await cluster.kubectl(['apply', '--server-side', '-f', '-'], JSON.stringify(object));

  expect(check(Chain.fromObjects([object]))).toMatchObject([{ rule: 'cluster-scope', severity: 'warning' }]);
  const stored = JSON.parse(await cluster.kubectl(['get', 'clusterrole', 'stamped', '-o', 'json']));
  expect(stored.metadata).not.toHaveProperty('namespace');
});

describe('helm-controller retries a failed release until it succeeds if and only if release-retry reports nothing:', () => {
  const retry = { strategy: { name: 'RetryOnFailure', retryInterval: '1s' } } as const;
  const source = { kind: 'HelmRepository', name: 'late', namespace: 'cozy-system' } as const;
  const remediated = { install: undefined, upgrade: undefined };
  const cases: readonly { name: string; object: KubeObject; stalled?: string }[] = [
    { name: 'constructed', object: constructed('constructed') },
    { name: 'retried', object: release('retried', { ...from(source), install: retry, upgrade: retry }) },
    { name: 'default', object: release('default', { ...from(source), ...remediated }), stalled: 'RetriesExceeded' },
    {
      name: 'only-installs-retried',
      object: release('only-installs-retried', { ...from(source), ...remediated, install: retry }),
      stalled: 'RetriesExceeded',
    },
    {
      name: 'rolled-back',
      object: release('rolled-back', {
        ...from(source),
        install: retry,
        upgrade: { remediation: { retries: -1 } },
      }),
      stalled: 'MissingRollbackTarget',
    },
  ];

  /** A release of the construct. Its default differs in the interval, which is longer. */
  function constructed(name: string): KubeObject {
    const chart = { repository: { ...source, exists: true }, name: 'late' } as const;
    const [object] = synth(
      (scope) =>
        new ChartRelease(scope, name, { name, namespace: 'cozy-system', chart, install: retry, upgrade: retry }),
    );
    return object ?? release(name);
  }

  const read = async (name: string): Promise<KubeObject> =>
    JSON.parse(await cluster.kubectl(['get', 'helmrelease', name, '-n', 'cozy-system', '-o', 'json']));
  const reasonOf = async (name: string, type: string) => {
    const { status, reason } = conditionOf(await read(name), type) ?? {};
    return status === 'True' ? reason : undefined;
  };

  beforeAll(async () => {
    await startFlux(cluster, { controllers: ['source-controller', 'helm-controller'] });
    await cluster.apply([
      {
        apiVersion: 'source.toolkit.fluxcd.io/v1',
        kind: 'HelmRepository',
        metadata: { name: source.name, namespace: source.namespace },
        spec: { url: `http://${address}:8123/repos/apps`, interval: '5m' },
      },
      ...cases.map(({ object }) => ({ ...object, spec: withChart(object) })),
    ]);
  });

  /** The golden bundle's releases install another chart. */
  function withChart({ spec }: KubeObject): object {
    return { ...Object(spec), chart: { spec: { chart: 'late', sourceRef: source } } };
  }

  test.each(cases)('$name', async ({ name, object, stalled }) => {
    const repository = { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: source.kind, metadata: source, spec: {} };
    const rules = check(Chain.fromObjects([...goldenObjects(), repository, object])).map(({ rule }) => rule);

    expect(rules).toEqual(stalled === undefined ? [] : ['release-retry']);
    if (stalled === undefined) {
      await eventually(async () => (await reasonOf(name, 'Reconciling')) === 'ProgressingWithRetry');
    } else {
      await eventually(async () => (await reasonOf(name, 'Stalled')) === stalled);
    }
  });

  test('source-controller reads index and chart of a URL with slashes at its end as without them', async () => {
    const metadata = { name: 'slashes', namespace: 'cozy-system' };
    const gvk = { apiVersion: 'source.toolkit.fluxcd.io/v1' };
    const sourceRef = { kind: 'HelmRepository', name: metadata.name };
    await cluster.apply([
      {
        ...gvk,
        kind: 'HelmRepository',
        metadata,
        spec: { url: `http://${address}:8123/repos/apps//`, interval: '5m' },
      },
      { ...gvk, kind: 'HelmChart', metadata, spec: { chart: 'shop', sourceRef, interval: '5m' } },
    ]);

    for (const kind of ['helmrepository', 'helmchart'])
      await cluster.kubectl(['wait', '--for=condition=Ready', kind, 'slashes', '-n', 'cozy-system', '--timeout=120s']);
  });

  test('once the cause is gone, those that are retried become Ready by themselves, and no others even if they are asked to', async () => {
    await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'late' } });
    const asked = 'once';
    const stuck = cases.flatMap(({ name, stalled }) => (stalled === undefined ? [] : [name]));
    const annotate = ['annotate', 'helmrelease', ...stuck, `${RECONCILE_ANNOTATION}=${asked}`];
    await cluster.kubectl([...annotate, '-n', 'cozy-system']);

    for (const { name, stalled } of cases) {
      if (stalled === undefined) {
        await eventually(async () => (await reasonOf(name, 'Ready')) === 'UpgradeSucceeded');
        continue;
      }
      await eventually(async () => stringAt(await read(name), 'status', 'lastHandledReconcileAt') === asked);
      expect(await reasonOf(name, 'Stalled'), name).toBe(stalled);
      expect(await reasonOf(name, 'Ready'), name).toBeUndefined();
    }
  });
});
