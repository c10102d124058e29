import { execFile } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cluster as Client } from '../../src/cluster/cluster';
import { ClusterObjects } from '../../src/cluster/cluster-objects';
import { clusterFromKubeconfig } from '../../src/cluster/kubeconfig';
import { newestFlux } from '../../src/constructs/flux-aio/flux-releases';
import { fluxCrds } from '../../src/constructs/flux-aio/load-crds';
import { type KubeObject, referenceTo } from '../../src/kubernetes/kube-object';
import type { UpPlan, UpResult } from '../../src/up';
import {
  type ControlPlane,
  eventually,
  type Pod,
  runPod,
  startControlPlane,
  startFlux,
} from '../../tools/control-plane';
import { codeBlock } from '../support/code-block';
import { parseOutput } from '../support/outputs';
import { bundleObjects, writeBundle } from './support/bundle';
import { eggtooth } from './support/eggtooth';
import { servedCharts } from './support/stage';

let cluster: ControlPlane;
let client: Client;
let objects: readonly KubeObject[];
let bundle: string;
beforeAll(async () => {
  cluster = await startControlPlane();
  client = await clusterFromKubeconfig({ kubeconfig: cluster.kubeconfig });
  // The CRDs are last: up sorts the objects.
  objects = [...bundleObjects({ url: cluster.url }), ...fluxCrds(newestFlux)];
  bundle = writeBundle(join(cluster.dir, 'bundle.yaml'), objects);
});
afterAll(async () => {
  client?.close();
  await cluster?.stop();
});

const up = (...flags: string[]) => eggtooth(['up', bundle, '--kubeconfig', cluster.kubeconfig, ...flags]);

async function upJson(...flags: string[]): Promise<UpResult> {
  const { code, stdout, stderr } = await up('-o', 'json', '--timeout', '4m', ...flags);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return parseOutput('up', { stdout });
}

const current = () => Promise.all(objects.map((object) => new ClusterObjects(client).get(referenceTo(object))));
const get = async (kind: string, namespace: string, name: string) =>
  JSON.parse(await cluster.kubectl(['get', kind, name, '-n', namespace, '-o', 'json']));

describe('on an empty cluster, up', () => {
  test('--dry-run lets the API server validate what it can, and writes nothing', async () => {
    const { code, stdout, stderr } = await up('--dry-run', '-o', 'json');

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { objects: planned, issued, repositories } = parseOutput<UpPlan>('up', { stdout });
    expect([issued, repositories]).toEqual([[], []]);
    const kinds = new Map<string, Set<string>>();
    for (const { kind, result, reason = '' } of planned) {
      const key = `${result} ${reason}`.trim();
      kinds.set(key, (kinds.get(key) ?? new Set()).add(kind));
    }
    expect(Object.fromEntries(Array.from(kinds, ([result, set]) => [result, [...set]]))).toEqual({
      created: ['CustomResourceDefinition', 'Namespace'],
      'unchecked its Namespace does not exist yet': ['StatefulSet', 'Service', 'Role', 'RoleBinding'],
      'unchecked its CRD does not exist yet': ['HelmRepository'],
    });
    expect(await current()).toEqual(objects.map(() => undefined));
  });

  test('applies the bundle, issues the certificate, and ends when Flux has read every repository', async () => {
    const playing = playNode();
    const result = await upJson();
    await playing;

    expect(result.objects.map(({ result }) => result)).toEqual(objects.map(() => 'created'));
    expect(await current()).not.toContain(undefined);
    expect(result.issued).toMatchObject([{ user: 'assets-reader', unchanged: false }]);
    expect(result.issued[0]?.checks.every(({ ok }) => ok)).toBe(true);
    for (const { namespace = '', name, ready, revision } of result.repositories) {
      expect(ready).toBe(true);
      const { status, metadata } = await get('helmrepository', namespace, name);
      expect(status.artifact.revision).toBe(revision);
      expect(status.lastHandledReconcileAt).toBe(metadata.annotations['reconcile.fluxcd.io/requestedAt']);
    }
    expect(result.repositories).toHaveLength(2);
    expect(result.seconds).toBeGreaterThan(0);
  });
});

describe('on a cluster that has the bundle, up', () => {
  test('changes no resourceVersion, and requests nothing of Flux', async () => {
    const before = await current();
    const requests = [...pod.requests];

    const result = await upJson();

    expect(result.objects.filter(({ result }) => result !== 'unchanged')).toEqual([]);
    expect(result.issued).toMatchObject([{ unchanged: true }]);
    expect(result.repositories).toHaveLength(2);
    expect(await current()).toEqual(before);
    // The checks of eggtooth read the two indexes, Flux reads nothing.
    expect(pod.requests.slice(requests.length).sort()).toEqual([
      '/repos/apps/index.yaml',
      '/repos/apps/shop-0.1.0.tgz',
      '/repos/system/index.yaml',
      '/repos/system/network-0.1.0.tgz',
    ]);
  });

  test('prints counts, the certificate, and the repositories with their revisions', async () => {
    const { code, stdout, stderr } = await up();

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toEqual([
      `${objects.length} objects: ${objects.length} unchanged`,
      expect.stringMatching(/^assets-reader: unchanged, P-256, valid until \d{4}-/),
      expect.stringMatching(/^HelmRepository eggtooth-system\/system read: sha256:[0-9a-f]{64}$/),
      expect.stringMatching(/^HelmRepository eggtooth-shop\/apps read: sha256:[0-9a-f]{64}$/),
      expect.stringMatching(/^up in \d+\.\d s$/),
    ]);
  });

  test('--dry-run prints that nothing would change', async () => {
    const before = await current();
    const { code, stdout } = await up('--dry-run');

    expect(code).toBe(0);
    expect(stdout).toContain('unchanged    StatefulSet eggtooth-system/assets\n');
    expect(stdout).toMatch(
      new RegExp(`\n${objects.length} objects: ${objects.length} unchanged; nothing was written\n$`),
    );
    expect(await current()).toEqual(before);
  });

  test('-o yaml prints the same as YAML', async () => {
    expect((await up('-o', 'yaml')).stdout).toMatch(/^objects:\n {2}- apiVersion: [\s\S]*\nseconds: [\d.]+\n$/);
  });
});

describe('the program of docs/library.md', () => {
  test('brings up the bundle, and prints the progress', async () => {
    mkdirSync(join(cluster.dir, 'node_modules'));
    symlinkSync(resolve('.'), join(cluster.dir, 'node_modules/eggtooth'));
    writeFileSync(join(cluster.dir, 'up.mjs'), codeBlock('docs/library.md', 'up.mjs'));
    const env = { ...process.env, KUBECONFIG: cluster.kubeconfig };

    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['up.mjs'], { cwd: cluster.dir, env });

    expect(stdout).toBe(`${objects.length} objects applied, 2 repositories read by Flux\n`);
    expect(stderr).toContain('StatefulSet eggtooth-system/assets unchanged (15 of 20)\n');
    expect(stderr).toMatch(/HelmRepository eggtooth-shop\/apps read: sha256:[0-9a-f]{64}$/m);
  });
});

describe('on a cluster that has changed, up', () => {
  test('restores what somebody deleted, and changes nothing else', async () => {
    await cluster.kubectl(['delete', 'rolebinding', 'assets-reader', '-n', 'eggtooth-system']);
    const { objects: applied } = await upJson();

    expect(applied.filter(({ result }) => result !== 'unchanged')).toMatchObject([
      { kind: 'RoleBinding', name: 'assets-reader', result: 'created' },
    ]);
  });

  test('issues again if a Secret is missing, and waits until Flux has read with the new certificate', async () => {
    const before = await get('helmrepository', 'eggtooth-shop', 'apps');
    await cluster.kubectl(['delete', 'secret', 'assets-tls', '-n', 'eggtooth-shop']);

    const { issued } = await upJson();

    expect(issued).toMatchObject([{ unchanged: false }]);
    const { status } = await get('helmrepository', 'eggtooth-shop', 'apps');
    expect(Date.parse(status.lastHandledReconcileAt)).toBeGreaterThan(Date.parse(before.status.lastHandledReconcileAt));
  });

  test('requests a reconciliation if the certificate is newer than the last request', async () => {
    // As after a run that was killed between the write of the Secret and the reconcile request.
    const old = 'reconcile.fluxcd.io/requestedAt=2020-01-01T00:00:00Z';
    await cluster.kubectl(['annotate', 'helmrepository', 'apps', '-n', 'eggtooth-shop', '--overwrite', old]);
    await eventually(async () => {
      const { status } = await get('helmrepository', 'eggtooth-shop', 'apps');
      return status.lastHandledReconcileAt === '2020-01-01T00:00:00Z';
    });
    const { issued } = await upJson();

    expect(issued).toMatchObject([{ unchanged: true }]);
    const { status } = await get('helmrepository', 'eggtooth-shop', 'apps');
    expect(Date.parse(status.lastHandledReconcileAt)).toBeGreaterThan(Date.parse('2020-01-02'));
  });

  test('does not wait for suspended repositories and HelmRepositories of type oci, which Flux does not read', async () => {
    const change = (name: string, spec: object) => (object: KubeObject) =>
      object.metadata.name === name && object.kind === 'HelmRepository'
        ? { ...object, spec: { ...(object.spec as object), ...spec } }
        : object;
    const other: KubeObject = {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'HelmRepository',
      metadata: { name: 'static', namespace: 'eggtooth-shop' },
      spec: { type: 'oci', url: 'oci://registry.example/charts' },
    };
    const changed = writeBundle(join(cluster.dir, 'changed.yaml'), [
      ...objects.map(change('apps', { suspend: true })),
      other,
    ]);
    const { code, stdout } = await eggtooth(['up', changed, '--kubeconfig', cluster.kubeconfig, '-o', 'json']);

    expect(code).toBe(0);
    expect(JSON.parse(stdout).repositories).toMatchObject([{ name: 'system' }]);
  });
});

let pod: Pod;

/** Runs the pod that serves the charts, and source-controller, as soon as they can start. */
async function playNode(): Promise<void> {
  const folder = await servedCharts(cluster.dir);
  pod = await runPod(cluster, { namespace: 'eggtooth-system', name: 'assets-0', port: 8123, folder });
  await startFlux(cluster);
}
