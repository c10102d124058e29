import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiObject, App, Chart, Testing } from 'cdk8s';
import { ChartArtifacts, OciAssets } from '../../../src';
import { helmReleaseGvk } from '../../../src/kubernetes/flux';
import type { HelmReleaseManifest } from '../../../src/kubernetes/flux-manifests';
import type { KubeObject } from '../../../src/kubernetes/kube-object';
import type { Cluster, Registry } from '../../../tools/control-plane';

/** Where everything of the OCI bundle is. */
export const OCI_NAMESPACE = 'eggtooth-system';

/** What the rule `release-retry` asks for. */
const RETRIED = { name: 'RetryOnFailure', retryInterval: '30s' } as const;

/** A HelmRelease `network`, with where it takes its chart from. */
export function release(
  spec: Pick<HelmReleaseManifest['spec'], 'chart' | 'chartRef'>,
  name = 'network',
): HelmReleaseManifest {
  const retried = { strategy: RETRIED };
  return {
    ...helmReleaseGvk,
    metadata: { name, namespace: OCI_NAMESPACE },
    spec: { interval: '1h', install: retried, upgrade: retried, ...spec },
  };
}

/** A HelmRelease that takes its chart from the HelmRepository `system`. */
export function chainRelease(name?: string): HelmReleaseManifest {
  const sourceRef = { kind: 'HelmRepository', name: 'system' } as const;
  return release({ chart: { spec: { chart: 'network', sourceRef } } }, name);
}

/** The objects that take the place of a chain: OCIRepository, ArtifactGenerator, and a HelmRelease of its artifact. */
export function ociBundleObjects(registry: Registry, digest: string): readonly KubeObject[] {
  const chart = new Chart(new App(), 'bundle');
  new ApiObject(chart, 'namespace', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: OCI_NAMESPACE },
  });
  const assets = new OciAssets(chart, 'assets', {
    name: 'charts',
    namespace: OCI_NAMESPACE,
    url: `oci://${registry.host}/charts`,
    version: { digest },
    insecure: true,
  });
  const artifacts = new ChartArtifacts(chart, 'artifacts', {
    name: 'charts',
    namespace: OCI_NAMESPACE,
    sources: [assets.source],
    charts: [{ name: 'network', path: 'system/network' }],
  });
  new ApiObject(chart, 'release', release({ chartRef: artifacts.chartRef('network') }));
  return Testing.synth(chart);
}

/** Pushes what the OCI bundle reads, and returns its digest. */
export function pushCharts(cluster: Cluster, registry: Registry): Promise<string> {
  const folder = mkdtempSync(join(cluster.dir, 'artifact-'));
  mkdirSync(join(folder, 'system', 'network'), { recursive: true });
  writeFileSync(join(folder, 'system', 'network', 'Chart.yaml'), 'apiVersion: v2\nname: network\nversion: 0.1.0\n');
  return registry.push('charts', '1.2.0', folder);
}

/** Does what source-watcher would, which cannot be built here: makes the ExternalArtifact `network`, with an artifact. */
export async function actAsSourceWatcher(cluster: Cluster): Promise<void> {
  await cluster.apply({
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'ExternalArtifact',
    metadata: { name: 'network', namespace: OCI_NAMESPACE },
  });
  const digest = `sha256:${'0'.repeat(64)}`;
  const artifact = {
    digest,
    revision: `latest@${digest}`,
    lastUpdateTime: new Date().toISOString(),
    path: 'network.tar.gz',
    url: 'http://source-watcher/network.tar.gz',
  };
  const patch = JSON.stringify({ status: { artifact } });
  const target = ['externalartifact', 'network', '-n', OCI_NAMESPACE];
  await cluster.kubectl(['patch', ...target, '--subresource=status', '--type=merge', '-p', patch]);
}
