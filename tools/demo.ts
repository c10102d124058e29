import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { readBundle } from '../src/chain/read-bundle';
import { type HelmChartManifest, helmChartGvk } from '../src/flux';
import { fluxCrds } from '../src/flux-aio/crds';
import { newestFlux } from '../src/flux-aio/versions';
import { eventually, makeCharts, readiness, runPod, startControlPlane, startFlux } from './control-plane';

const execute = promisify(execFile);
const EXAMPLE = resolve('examples/cozystack');
const BUNDLE = join(EXAMPLE, 'dist');

interface HelmChartStatus {
  readonly status: { readonly url: string; readonly artifact: { readonly digest: string } };
}

async function demo(): Promise<void> {
  const cluster = await step('start etcd, kube-apiserver and kube-controller-manager', startControlPlane);
  try {
    await step('synthesize examples/cozystack', () => synthesize(cluster.url));
    const repositories = readBundle(BUNDLE).filter(({ kind }) => kind === 'HelmRepository');
    const charts = repositories.map(({ metadata: { name = '', namespace = '' } }) => chartOf(name, namespace));

    await step("apply Flux' CRDs and the bundle", async () => {
      await cluster.apply(fluxCrds(newestFlux));
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
    await step('eggtooth issue: sign the certificate and write the Secrets', async () => {
      const { stdout } = await execute(process.execPath, [
        'lib/eggtooth.js',
        'issue',
        BUNDLE,
        '--kubeconfig',
        cluster.kubeconfig,
      ]);
      process.stdout.write(indent(stdout));
    });
    await step('start Flux and let it read', async () => {
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
    process.stdout.write(`ready: ${charts.length} charts read by Flux through the API server\n`);
  } finally {
    await cluster.stop();
  }
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

async function step<Result>(what: string, run: () => Promise<Result>): Promise<Result> {
  const start = performance.now();
  process.stdout.write(`- ${what}\n`);
  const result = await run();
  process.stdout.write(indent(`${((performance.now() - start) / 1000).toFixed(1)} s\n`));
  return result;
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '    ');
}

demo().catch((error: unknown) => {
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
