import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Chain } from '../../src/chain/chain';
import { clusterFromKubeconfig } from '../../src/cluster/kubeconfig';
import type { KubeObject } from '../../src/kubernetes/kube-object';
import { issue } from '../../src/signing/issue';
import type { Check } from '../../src/signing/verify/check';
import { eventually, type Readiness, readiness, startFlux } from '../../tools/control-plane';
import { bundleObjects, writeBundle } from './support/bundle';
import { eggtooth } from './support/eggtooth';
import { type Stage, startStage } from './support/stage';

const NAMESPACE = 'eggtooth-system';
const ROUTE = `/api/v1/namespaces/${NAMESPACE}/pods/assets-0:8123/proxy`;

/** An index, a chart that is taken from it, and what is said if Flux cannot pull it. */
interface Case {
  readonly name: string;
  /** URLs by version. */
  readonly urls?: Readonly<Record<string, string>>;
  /** Instead of the URLs. */
  readonly index?: string;
  readonly chart?: string;
  readonly version?: string;
  readonly says?: string;
}

const GOOD = 'network-0.1.0.tgz';

const cases: readonly Case[] = [
  { name: 'relative', urls: { '0.1.0': GOOD } },
  { name: 'in-a-folder', urls: { '0.1.0': `../relative/${GOOD}` } },
  { name: 'from-the-root-of-the-host', urls: { '0.1.0': `${ROUTE}/cases/relative/${GOOD}` } },
  { name: 'with-the-host', urls: { '0.1.0': `HOST${ROUTE}/cases/relative/${GOOD}` } },
  {
    name: 'newest-in-range',
    urls: { '0.1.0': GOOD, '1.0.0': 'missing.tgz', '0.2.0-rc.1': '/x' },
    version: '>=0.1.0 <1',
  },
  { name: 'prerelease', urls: { '0.1.0': 'missing.tgz', '0.2.0-rc.1': GOOD }, version: '>=0.1.0-0' },
  {
    name: 'json',
    index: JSON.stringify({
      apiVersion: 'v1',
      other: 1,
      entries: { network: [{ name: 'network', version: '0.1.0', urls: [GOOD] }] },
    }),
  },
  { name: 'slash', urls: { '0.1.0': `/cases/slash/${GOOD}` }, says: `leads out of the route, to /cases/slash/${GOOD}` },
  { name: 'above-the-route', urls: { '0.1.0': `../../../${GOOD}` }, says: 'leads out of the route' },
  {
    name: 'service',
    urls: { '0.1.0': `http://assets.${NAMESPACE}.svc/cases/relative/${GOOD}` },
    says: 'leads to another host',
  },
  { name: 'network-path', urls: { '0.1.0': `//assets.${NAMESPACE}.svc/${GOOD}` }, says: 'leads to another host' },
  { name: 'other-scheme', urls: { '0.1.0': `oci://assets.${NAMESPACE}.svc/${GOOD}` }, says: 'has the scheme oci' },
  { name: 'missing-archive', urls: { '0.1.0': 'gone-0.1.0.tgz' }, says: 'does not exist (404)' },
  { name: 'not-an-archive', urls: { '0.1.0': 'index.yaml' }, says: 'is not an archive' },
  { name: 'no-charts', index: 'apiVersion: v1\nentries: {}\n', says: 'the index lists no charts' },
  {
    name: 'no-version-field',
    index: `entries:\n  network: [{name: network, version: 0.1.0, urls: [${GOOD}]}]\n`,
    says: 'it has no apiVersion',
  },
  {
    name: 'unknown-field',
    index: `apiVersion: v1\nextra: 1\nentries:\n  network: [{name: network, version: 0.1.0, urls: [${GOOD}]}]\n`,
    says: 'extra is a field that Helm does not know',
  },
  {
    name: 'no-url',
    index: 'apiVersion: v1\nentries:\n  network: [{name: network, version: 0.1.0}]\n',
    says: 'has no URL in the index',
  },
  {
    name: 'another-chart',
    urls: { '0.1.0': GOOD },
    chart: 'cilium',
    says: 'the index has no chart cilium, which HelmChart eggtooth-system/another-chart takes; it has network',
  },
  { name: 'upper-case', urls: { '0.1.0': GOOD }, chart: 'Network', says: 'Flux takes no chart named Network' },
  {
    name: 'no-version',
    urls: { '0.1.0': GOOD, '0.3.0-rc.1': GOOD },
    version: '>=0.2.0',
    says: 'has no version of chart network that matches >=0.2.0',
  },
  { name: 'no-constraint', urls: { '0.1.0': GOOD }, version: 'newest', says: 'is not a valid constraint' },
];

let stage: Stage;
let objects: readonly KubeObject[];
let checks: readonly Check[];

beforeAll(async () => {
  stage = await startStage();
  const { cluster, charts } = stage;
  for (const { name, urls = {}, index } of cases) {
    const folder = join(charts, 'cases', name);
    mkdirSync(folder, { recursive: true });
    cpSync(join(charts, 'repos/system', GOOD), join(folder, GOOD));
    const versions = Object.entries(urls).map(([version, url]) => ({
      name: 'network',
      version,
      urls: [url.replace('HOST', cluster.url)],
    }));
    const text = index ?? `apiVersion: v1\nentries:\n  network: ${JSON.stringify(versions)}\n`;
    writeFileSync(join(folder, 'index.yaml'), text);
  }
  objects = [...bundleObjects({ url: cluster.url }), ...cases.flatMap((one) => sourceOf(one))];
  await cluster.apply(writeBundle(stage.bundle, objects));
  const api = await clusterFromKubeconfig({ kubeconfig: cluster.kubeconfig });
  const [result] = await issue(api, Chain.fromObjects(objects), { unverified: true });
  api.close();
  checks = result?.checks ?? [];
  await startFlux(cluster);
});
afterAll(() => stage?.stop());

/** A HelmRepository and the HelmChart that is taken from it. */
function sourceOf({ name, chart = 'network', version = '*' }: Case): readonly KubeObject[] {
  const [apiVersion, metadata] = ['source.toolkit.fluxcd.io/v1', { name, namespace: NAMESPACE }];
  const url = `${stage.cluster.url}${ROUTE}/cases/${name}`;
  return [
    {
      apiVersion,
      kind: 'HelmRepository',
      metadata,
      spec: { url, interval: '1h', certSecretRef: { name: 'assets-tls' } },
    },
    {
      apiVersion,
      kind: 'HelmChart',
      metadata,
      spec: { chart, version, interval: '1h', sourceRef: { kind: 'HelmRepository', name } },
    },
  ];
}

function indexCheck(name: string): Check | undefined {
  return checks.find((check) => check.check === 'index' && check.repository.name === name);
}

/** What source-controller says of the HelmChart, or of the HelmRepository if it cannot read the index. */
async function verdictOfFlux(name: string): Promise<Readiness> {
  return eventually(async () => {
    const [repository, chart] = await Promise.all(
      ['helmrepository', 'helmchart'].map((kind) => readiness(stage.cluster, kind, NAMESPACE, name)),
    );
    if (repository?.reason === 'IndexationFailed') return repository;
    const isSettled = chart?.ready || /ChartPullError|InvalidChartReference/.test(chart?.reason ?? '');
    return isSettled && chart !== undefined ? chart : false;
  });
}

describe('The verification of an index', () => {
  test.each(cases)('says the same as source-controller: $name', async ({ name, says }) => {
    const check = indexCheck(name);

    expect(check).toMatchObject({ ok: says === undefined });
    if (says !== undefined)
      expect(check).toMatchObject({ detail: expect.stringContaining(says), fix: expect.any(String) });
    expect(await verdictOfFlux(name)).toMatchObject({ ready: says === undefined });
  });

  test('without a chart that the bundle takes reads the newest version of each chart', () => {
    expect(indexCheck('system')).toMatchObject({ ok: true });
    expect(stage.pod.requests).toContain(`/repos/system/${GOOD}`);
    expect(stage.pod.requests).not.toContain('/cases/newest-in-range/missing.tgz');
  });
});

describe('A chart that Flux cannot pull', () => {
  const only = (name: string) =>
    writeBundle(
      join(stage.cluster.dir, `${name}.yaml`),
      objects.filter(({ metadata }) => metadata.name === name || !cases.some((one) => one.name === metadata.name)),
    );
  const flags = () => ['--kubeconfig', stage.cluster.kubeconfig];

  test('fails issue, with the fix, and nothing is written', async () => {
    const name = 'slash';
    await stage.cluster.kubectl(['delete', 'secret', 'assets-tls', '-n', NAMESPACE]);
    const { code, stderr } = await eggtooth(['issue', only(name), ...flags()]);

    expect(code).toBe(1);
    expect(stderr).toContain(`index ${NAMESPACE}/${name}: the URL of chart network 0.1.0`);
    expect(stderr).toContain(`leads out of the route, to /cases/slash/${GOOD}`);
    expect(stderr).toContain('run helm repo index without --url');
    await expect(stage.cluster.kubectl(['get', 'secret', 'assets-tls', '-n', NAMESPACE])).rejects.toThrow('not found');
  });

  test('fails issue and up although nothing is due', async () => {
    const sound = only('relative');
    expect(await eggtooth(['issue', sound, ...flags()])).toMatchObject({ code: 0 });
    const bundle = only('missing-archive');
    const issued = await eggtooth(['issue', bundle, ...flags()]);
    const up = await eggtooth([
      'up',
      bundle,
      ...flags(),
      '--until',
      'sources',
      '--timeout',
      '20s',
      '--force-conflicts',
    ]);

    expect(issued).toMatchObject({ code: 1, stderr: expect.stringContaining('does not exist (404)') });
    expect(up).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        `HelmRepository ${NAMESPACE}/missing-archive: the archive of chart network 0.1.0`,
      ),
    });
  });
});
