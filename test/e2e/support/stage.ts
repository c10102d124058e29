import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { newestFlux } from '../../../src/constructs/flux-aio/flux-releases';
import { fluxCrds } from '../../../src/constructs/flux-aio/load-crds';
import { readBundle } from '../../../src/kubernetes/read-bundle';
import { type Cluster, makeCharts, type Pod, runPod, startCluster } from '../../../tools/control-plane';
import { type BundleOptions, bundleObjects, writeBundle } from './bundle';

/** A real cluster with a bundle and a pod that serves its charts; no certificate is issued yet. */
export interface Stage {
  readonly cluster: Cluster;
  /** File of the bundle. */
  readonly bundle: string;
  /** Folder that the pod serves. */
  readonly charts: string;
  readonly pod: Pod;
  stop(): Promise<void>;
}

/** Starts a cluster, applies the CRDs of Flux and the bundle, and runs the pod with two charts. */
export async function startStage(options: Partial<BundleOptions> = {}): Promise<Stage> {
  const cluster = await startCluster();
  try {
    const objects = bundleObjects({ url: cluster.url, ...options });
    const bundle = writeBundle(join(cluster.dir, 'bundle.yaml'), objects);
    await applyCrds(cluster);
    await cluster.apply(bundle);
    if (cluster.existing) cluster.onStop(() => cleanUp(cluster, bundle));
    const charts = await servedCharts(cluster.dir);
    const { namespaces: [namespace] = ['eggtooth-system'], name = 'assets', port = 8123 } = options;
    const pod = await runPod(cluster, { namespace, name: `${name}-0`, port, folder: charts });
    return { cluster, bundle, charts, pod, stop: () => cluster.stop() };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

/** A new folder with the charts of the bundle's repositories. */
export async function servedCharts(parent: string): Promise<string> {
  const folder = mkdtempSync(join(parent, 'charts-'));
  await makeCharts(folder, { 'repos/system': [{ name: 'network' }], 'repos/apps': [{ name: 'shop' }] });
  return folder;
}

/** An existing cluster keeps its CRDs. */
async function applyCrds(cluster: Cluster): Promise<void> {
  const found = await cluster.kubectl([
    'get',
    'crd',
    'helmrepositories.source.toolkit.fluxcd.io',
    '--ignore-not-found',
  ]);
  if (found !== '') return;
  await cluster.apply(fluxCrds(newestFlux));
  await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);
}

/** Flux has stopped by then, so its finalizers would keep the namespaces indefinitely. */
async function cleanUp(cluster: Cluster, bundle: string): Promise<void> {
  const list = await cluster.kubectl(['get', 'helmrepositories,helmcharts', '-A', '-o', 'json']);
  const { items }: { items: { kind: string; metadata: { name: string; namespace: string } }[] } = JSON.parse(list);
  const ours = readBundle(bundle).flatMap(({ kind, metadata }) => (kind === 'Namespace' ? [metadata.name] : []));
  for (const { kind, metadata } of items.filter(({ metadata: { namespace } }) => ours.includes(namespace))) {
    const patch = ['--type=merge', '-p', '{"metadata":{"finalizers":null}}'];
    await cluster.kubectl(['patch', kind, metadata.name, '-n', metadata.namespace, ...patch]);
  }
  await cluster.kubectl(['delete', '-f', bundle, '--timeout=90s']);
}
