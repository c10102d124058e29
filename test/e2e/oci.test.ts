import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Chart, Testing } from 'cdk8s';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OciAssets, type OciVersion } from '../../src';
import type { KubeObject } from '../../src/kubernetes/kube-object';
import {
  type Cluster,
  eventually,
  type Registry,
  readiness,
  startCluster,
  startFlux,
  startRegistry,
} from '../../tools/control-plane';

const NAMESPACE = 'default';

let cluster: Cluster;
let registry: Registry;
let digest: string;

beforeAll(async () => {
  cluster = await startCluster();
  await cluster.apply('crds/2.9.5.json');
  await startFlux(cluster);
  registry = await startRegistry(cluster);
  digest = await registry.push('platform/charts', '1.2.0', chartsFolder());
});
afterAll(() => cluster?.stop());

/** The content of the artifact: a chart in a folder of `system/`. */
function chartsFolder(): string {
  const folder = mkdtempSync(join(cluster.dir, 'artifact-'));
  mkdirSync(join(folder, 'system', 'network'), { recursive: true });
  writeFileSync(join(folder, 'system', 'network', 'Chart.yaml'), 'apiVersion: v2\nname: network\nversion: 0.1.0\n');
  return folder;
}

function synth(build: (chart: Chart) => unknown): readonly KubeObject[] {
  const chart = new Chart(Testing.app(), 'chart');
  build(chart);
  return Testing.synth(chart);
}

const assetsIn = (chart: Chart, name: string, version: OciVersion) => {
  const url = `oci://${registry.host}/platform/charts`;
  return new OciAssets(chart, name, { name, namespace: NAMESPACE, url, version, insecure: true });
};

interface Artifact {
  readonly url: string;
  readonly revision: string;
}

async function artifactOf(name: string): Promise<Artifact> {
  await eventually(async () => (await readiness(cluster, 'ocirepository', NAMESPACE, name)).ready);
  return JSON.parse(await cluster.kubectl(['get', 'ocirepository', name, '-n', NAMESPACE, '-o', 'json'])).status
    .artifact;
}

describe('an artifact in a registry', () => {
  test.each([
    ['by-tag', () => ({ tag: '1.2.0' }), () => `1.2.0@${digest}`],
    ['by-semver', () => ({ semver: '~1.2.0' }), () => `1.2.0@${digest}`],
    ['by-digest', () => ({ digest }), () => digest],
  ])('is read by Flux %s, with the revision that crane pushed', async (name, version, revision) => {
    await cluster.apply(synth((chart) => assetsIn(chart, name, version())));

    expect((await artifactOf(name)).revision).toBe(revision());
  });

  test('contains the files that were pushed', async () => {
    const { url } = await artifactOf('by-tag');
    const archive = join(mkdtempSync(join(cluster.dir, 'download-')), 'artifact.tar.gz');
    writeFileSync(archive, Buffer.from(await (await fetch(url)).arrayBuffer()));

    const { stdout } = await promisify(execFile)('tar', ['-tzf', archive]);
    expect(stdout).toContain('system/network/Chart.yaml');
  });
});
