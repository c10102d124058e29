import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { helmChartGvk } from '../../src/kubernetes/flux';
import type { HelmChartManifest } from '../../src/kubernetes/flux-manifests';
import { readBundle } from '../../src/kubernetes/read-bundle';
import { type Cluster, eventually, makeCharts, readiness, runPod, startFlux } from '../control-plane';
import { indent, step } from './step';

const execute = promisify(execFile);
const EXAMPLE = resolve('examples/cozystack');
const BUNDLE = join(EXAMPLE, 'dist');

interface HelmChartStatus {
  readonly status: { readonly url: string; readonly artifact: { readonly digest: string } };
}

/** Runs the demo without a real node: the pod and Flux are processes of this machine. */
export async function readWithoutNode(cluster: Cluster): Promise<void> {
  await step('synthesize examples/cozystack', () => synthesize(cluster.url));
  const objects = readBundle(BUNDLE);
  const repositories = objects.filter(({ kind }) => kind === 'HelmRepository');
  const charts = repositories.map(({ metadata: { name = '', namespace = '' } }) => chartOf(name, namespace));

  await step('apply the CRDs of the bundle, then its other objects', async () => {
    await cluster.apply(objects.filter(({ kind }) => kind === 'CustomResourceDefinition'));
    await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s']);
    await cluster.apply(BUNDLE);
    await cluster.apply(charts);
  });
  await step('package the charts and run the pod that serves them', async () => {
    const folder = mkdtempSync(join(cluster.dir, 'charts-'));
    await makeCharts(folder, {
      'repos/system': [{ name: 'cozystack-system' }],
      'repos/apps': [{ name: 'cozystack-apps' }],
      'repos/extra': [{ name: 'cozystack-extra' }],
    });
    await runPod(cluster, { namespace: 'cozy-system', name: 'cozystack-assets-0', port: 8123, folder });
  });
  await step('eggtooth issue: issue the certificate and write the Secrets', async () => {
    const { stdout } = await execute(process.execPath, [
      'lib/eggtooth.js',
      'issue',
      BUNDLE,
      '--kubeconfig',
      cluster.kubeconfig,
    ]);
    process.stdout.write(indent(stdout));
  });
  await step('start Flux, which reads the charts', async () => {
    await startFlux(cluster);
    for (const { metadata } of charts) {
      await eventually(async () => (await readiness(cluster, 'helmchart', metadata.namespace, metadata.name)).ready);
    }
  });
  for (const { metadata } of charts) {
    const json = await cluster.kubectl(['get', 'helmchart', metadata.name, '-n', metadata.namespace, '-o', 'json']);
    const { status }: HelmChartStatus = JSON.parse(json);
    process.stdout.write(indent(`chart ${metadata.namespace}/${metadata.name}: ${status.artifact.digest}\n`));
  }
  process.stdout.write(`done: Flux has read ${charts.length} charts through the API server\n`);
}

function chartOf(name: string, namespace: string): HelmChartManifest {
  return {
    ...helmChartGvk,
    metadata: { name, namespace },
    spec: { chart: name, interval: '5m0s', sourceRef: { kind: 'HelmRepository', name } },
  };
}

async function synthesize(apiServer: string): Promise<void> {
  const cli = resolve('node_modules/cdk8s-cli/bin/cdk8s');
  const env = { ...process.env, API_SERVER_URL: apiServer, CDK8S_CHECK_UPGRADE: 'false' };
  await execute(process.execPath, [cli, 'synth'], { cwd: EXAMPLE, env });
}
