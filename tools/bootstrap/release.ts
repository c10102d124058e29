import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { helmChartGvk } from '../../src/kubernetes/flux';
import type { HelmChartManifest, HelmReleaseManifest } from '../../src/kubernetes/flux-manifests';
import { type Cluster, ensurePrograms, eventually, readiness } from '../control-plane';

/** Where source-controller serves artifacts to the other controllers in its pod (SOURCE_CONTROLLER_LOCALHOST). */
const artifacts = 'localhost:9790';

/**
 * Does the first part of the work of helm-controller, which cannot be built here: it creates a HelmChart for a
 * HelmRelease and downloads the artifact that source-controller makes of it.
 *
 * @returns the path of the chart's package
 */
export async function fetchChart(cluster: Cluster, release: HelmReleaseManifest): Promise<string> {
  const { chart, interval } = release.spec;
  if (!chart) {
    throw new Error('the release has no chart of a HelmRepository');
  }
  const { sourceRef } = chart.spec;
  const namespace = sourceRef.namespace ?? release.metadata.namespace ?? '';
  const name = `${release.metadata.namespace}-${release.metadata.name}`;
  const object: HelmChartManifest = {
    ...helmChartGvk,
    metadata: { name, namespace },
    spec: { chart: chart.spec.chart, interval, sourceRef: { kind: 'HelmRepository', name: sourceRef.name } },
  };
  await cluster.apply(object);
  await eventually(async () => (await readiness(cluster, 'helmchart', namespace, name)).ready);
  const json = await cluster.kubectl(['get', 'helmchart', name, '-n', namespace, '-o', 'json']);
  const { url, digest } = JSON.parse(json).status.artifact;
  const response = await fetch(Object.assign(new URL(url), { host: artifacts }));
  const content = Buffer.from(await response.arrayBuffer());
  if (`sha256:${createHash('sha256').update(content).digest('hex')}` !== digest) {
    throw new Error(`${url}: HTTP ${response.status}, and not the artifact of ${namespace}/${name}`);
  }
  const file = join(cluster.dir, `${name}.tgz`);
  writeFileSync(file, content);
  return file;
}

/** Does the second part with the real helm: it installs the package with the values of the release. */
export async function installRelease(cluster: Cluster, release: HelmReleaseManifest, chart: string): Promise<void> {
  const { helm } = await ensurePrograms(['helm']);
  const { metadata, spec } = release;
  const values = join(cluster.dir, `${metadata.name}-values.json`);
  writeFileSync(values, JSON.stringify(spec.values ?? {}));
  const home = { HELM_CACHE_HOME: cluster.dir, HELM_CONFIG_HOME: cluster.dir, HELM_DATA_HOME: cluster.dir };
  const args = ['install', metadata.name ?? '', chart, '--namespace', metadata.namespace ?? '', '--values', values];
  await promisify(execFile)(helm, [...args, '--kubeconfig', cluster.kubeconfig], { env: { ...process.env, ...home } });
}
