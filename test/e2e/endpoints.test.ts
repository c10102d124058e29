import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Chain } from '../../src/chain/chain';
import { clusterFromKubeconfig } from '../../src/cluster/kubeconfig';
import { newestFlux } from '../../src/constructs/flux-aio/flux-releases';
import { fluxCrds } from '../../src/constructs/flux-aio/load-crds';
import { readBundle } from '../../src/kubernetes/read-bundle';
import { issue } from '../../src/signing/issue';
import type { IssueResult } from '../../src/signing/issue-result';
import { printCheck } from '../../src/signing/verify/check';
import {
  type ControlPlane,
  eventually,
  makeCharts,
  readiness,
  runPod,
  startControlPlane,
  startFlux,
} from '../../tools/control-plane';
import { bundleObjects, writeBundle } from './support/bundle';
import { eggtooth } from './support/eggtooth';

/** One API server at two addresses; each address has a reader and an assets server of its own. */
let cluster: ControlPlane;
let bundle: string;

beforeAll(async () => {
  cluster = await startControlPlane();
  const first = bundleObjects({ url: cluster.url, name: 'one', namespaces: ['system-one', 'shop-one'] });
  const second = bundleObjects({
    url: cluster.secondUrl,
    name: 'two',
    namespaces: ['system-two', 'shop-two'],
    port: 8124,
  });
  bundle = writeBundle(join(cluster.dir, 'bundle.yaml'), [...first, ...second]);
  await cluster.apply(fluxCrds(newestFlux));
  await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);
  await cluster.apply(bundle);
  const folder = mkdtempSync(join(cluster.dir, 'charts-'));
  await makeCharts(folder, { 'repos/system': [{ name: 'network' }], 'repos/apps': [{ name: 'shop' }] });
  await runPod(cluster, { namespace: 'system-one', name: 'one-0', port: 8123, folder });
  await runPod(cluster, { namespace: 'system-two', name: 'two-0', port: 8124, folder });
});
afterAll(() => cluster?.stop());

describe('A bundle with two endpoints, two readers and four namespaces', () => {
  test('gets a certificate for each reader, verified at its own endpoint', async () => {
    const args = ['issue', bundle, '--kubeconfig', cluster.kubeconfig, '-o', 'json'];
    const { code, stdout, stderr } = await eggtooth(args);

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { items }: { items: IssueResult[] } = JSON.parse(stdout);
    expect(
      items.map(({ user, secrets, checks }) => ({ user, secrets, identity: checks[0] && printCheck(checks[0]) })),
    ).toEqual([
      {
        user: 'one-reader',
        secrets: ['system-one', 'shop-one'].map((namespace) => ({ namespace, name: 'one-tls' })),
        identity: `identity at ${cluster.url}`,
      },
      {
        user: 'two-reader',
        secrets: ['system-two', 'shop-two'].map((namespace) => ({ namespace, name: 'two-tls' })),
        identity: `identity at ${cluster.secondUrl}`,
      },
    ]);
    expect(items.flatMap(({ checks }) => checks).every(({ ok }) => ok)).toBe(true);
  });

  test('is not changed by a second run', async () => {
    const api = await clusterFromKubeconfig({ kubeconfig: cluster.kubeconfig });
    const results = await issue(api, Chain.fromObjects(readBundle(bundle)));
    api.close();

    expect(results.map(({ unchanged }) => unchanged)).toEqual([true, true]);
  });

  test('is read by Flux in every namespace', async () => {
    await startFlux(cluster);
    for (const [namespace, name] of [
      ['system-one', 'system'],
      ['shop-one', 'apps'],
      ['system-two', 'system'],
      ['shop-two', 'apps'],
    ] as const) {
      await eventually(async () => (await readiness(cluster, 'helmrepository', namespace, name)).ready);
    }
  });
});

describe('Two bundles with two readers at one endpoint', () => {
  /** Both are sound; only the cluster shows that they have the same endpoint. */
  let third: string;
  beforeAll(async () => {
    const objects = bundleObjects({ url: cluster.url, name: 'three', namespaces: ['system-three', 'shop-three'] });
    third = writeBundle(join(cluster.dir, 'third.yaml'), objects);
  });
  const warned =
    /^warning: HelmRepository shop-one\/apps, HelmRepository system-one\/system read from https:\S+ too, with another Secret than that of three-reader: .* fail with 403; fix: let all of them use one reader/m;

  test('are reported by up before anything is written', async () => {
    const { stderr } = await eggtooth(['up', third, '--kubeconfig', cluster.kubeconfig, '--timeout', '4s']);

    expect(stderr).toMatch(warned);
    expect(stderr.match(/^warning: HelmRepository/gm)).toHaveLength(1);
  });

  test('are reported by issue, renew and status, in the result too', async () => {
    await cluster.apply(third);
    const folder = mkdtempSync(join(cluster.dir, 'charts-'));
    await makeCharts(folder, { 'repos/system': [{ name: 'network' }], 'repos/apps': [{ name: 'shop' }] });
    await runPod(cluster, { namespace: 'system-three', name: 'three-0', port: 8123, folder });
    const run = (command: string, ...flags: string[]) =>
      eggtooth([command, third, '--kubeconfig', cluster.kubeconfig, '-o', 'json', ...flags]);

    for (const [command, ...flags] of [['issue'], ['renew', '--force'], ['status']] as const) {
      const { code, stdout, stderr } = await run(command, ...flags);
      const [item]: { warnings: string[] }[] = JSON.parse(stdout).items;

      expect(code).toBe(0);
      expect(item?.warnings).toEqual([expect.stringMatching(/^HelmRepository shop-one\/apps, .* of three-reader/)]);
      if (command !== 'status') expect(stderr).toMatch(warned);
    }
  });

  test('are not looked for by whoever may not list HelmRepositories', async () => {
    const kubeconfig = await cluster.kubeconfigFor({ user: 'issuer' });
    const verbs = ['--verb=*', '--resource=secrets,configmaps,certificatesigningrequests.certificates.k8s.io'];
    await cluster.kubectl(['create', 'clusterrole', 'issuer', ...verbs]);
    await cluster.kubectl(['create', 'clusterrolebinding', 'issuer', '--clusterrole=issuer', '--user=issuer']);
    const { stdout, stderr } = await eggtooth(['issue', third, '--kubeconfig', kubeconfig, '-o', 'json']);

    expect(stderr).toBe('');
    expect(JSON.parse(stdout).items).toMatchObject([{ warnings: [], unchanged: true }]);
  });
});

describe('One reader at two endpoints', () => {
  test('gets one certificate, verified at both', async () => {
    const objects = readBundle(bundle)
      .filter(({ metadata: { namespace = '', name = '' } }) => /-one$/.test(namespace) || name === 'one')
      .map((object) =>
        object.kind === 'HelmRepository' && object.metadata.name === 'apps'
          ? {
              ...object,
              spec: { ...(object.spec as object), url: urlOf(object.spec).replace(cluster.url, cluster.secondUrl) },
            }
          : object,
      );
    const api = await clusterFromKubeconfig({ kubeconfig: cluster.kubeconfig });
    const [result, ...others] = await issue(api, Chain.fromObjects(objects));
    api.close();

    expect(others).toEqual([]);
    expect(result?.checks.map((check) => [printCheck(check), check.ok])).toEqual([
      [`identity at ${cluster.url}`, true],
      [`identity at ${cluster.secondUrl}`, true],
      ['index system-one/system', true],
      ['refused: secrets', true],
      ['refused: other pods', true],
      ['index shop-one/apps', true],
      ['refused: secrets', true],
      ['refused: other pods', true],
      [`rights at ${cluster.url}`, true],
      [`rights at ${cluster.secondUrl}`, true],
    ]);
  });
});

function urlOf(spec: unknown): string {
  return (spec as { url: string }).url;
}
