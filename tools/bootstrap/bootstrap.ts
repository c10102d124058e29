import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { helmReleaseGvk } from '../../src/kubernetes/flux';
import type { HelmReleaseManifest } from '../../src/kubernetes/flux-manifests';
import { readBundle } from '../../src/kubernetes/read-bundle';
import {
  assetsServerImage,
  type Cluster,
  cniInstallerImage,
  eventually,
  type KubeObject,
  makeCharts,
  type Node,
  sourceControllerImage,
  startNode,
} from '../control-plane';
import { cniChart } from './cni-chart';
import { names } from './names';
import { fetchChart, installRelease } from './release';

const execute = promisify(execFile);

/** A real node that has the images of a bundle, and the bundle. */
export interface PreparedNode {
  readonly node: Node;
  /** The folder that `cdk8s synth` wrote. */
  readonly bundle: string;
}

/** Called with what has happened, as a clause. */
export type Report = (event: string) => void;

/** Starts a node that is not Ready, and synthesizes the bundle that makes it Ready. */
export async function prepareNode(cluster: Cluster): Promise<PreparedNode> {
  const [node, bundle, charts] = await Promise.all([startNode(cluster), synthesize(cluster), packageCharts(cluster)]);
  await node.addImage(await assetsServerImage(names.assetsImage, charts, names.assetsPort));
  await node.addImage(await sourceControllerImage(names.sourceControllerImage));
  await node.addImage(await cniInstallerImage(names.cniImage));
  return { node, bundle };
}

/**
 * Makes the node Ready: runs `eggtooth up`, then installs the CNI from the chart that Flux has read. helm replaces
 * helm-controller, which cannot be built here.
 */
export async function bootstrap(cluster: Cluster, { node, bundle }: PreparedNode, report: Report): Promise<void> {
  await cluster.apply(ordinaryPod);
  report(`the node is not Ready: ${await whyNotReady(cluster, node)}`);
  const up = [resolve('lib/eggtooth.js'), 'up', bundle, '--kubeconfig', cluster.kubeconfig];
  const secret = ['wait', '--for=create', `secret/${names.assets}-tls`, '-n', names.namespace, '--timeout=180s'];
  const reportWhenReady = async (namespace: string, selector: string, event: string) => {
    await eventually(async () => (await readyPods(cluster, namespace, selector)) > 0, { timeout: 180_000 });
    report(event);
  };
  await Promise.all([
    reportWhenReady(names.namespace, `app=${names.assets}`, 'the pod with the charts is ready'),
    cluster.kubectl(secret).then(() => report('the certificate is issued and in its Secret')),
    reportWhenReady(names.fluxNamespace, 'app.kubernetes.io/name=flux', 'the pod of Flux is ready'),
    execute(process.execPath, up).then(() => {
      report('eggtooth up is done: Flux has read the repository');
      return installCni(cluster, { node, bundle }, report);
    }),
  ]);
}

async function installCni(cluster: Cluster, { node, bundle }: PreparedNode, report: Report): Promise<void> {
  const release = readBundle(bundle).find(({ kind }) => kind === helmReleaseGvk.kind) as HelmReleaseManifest;
  const chart = await fetchChart(cluster, release);
  report('Flux has downloaded the chart of the CNI');
  await installRelease(cluster, release, chart);
  report('helm has installed the chart');
  await cluster.kubectl(['wait', '--for=condition=Ready', `node/${node.name}`, '--timeout=180s']);
  report('the node is Ready');
  const address = await eventually(() => ordinaryPodAnswers(cluster));
  report(`an ordinary pod has the address ${address} and answers`);
}

/** Returns the address of the pod that is not on the host network, once it serves the charts. */
export async function ordinaryPodAnswers(cluster: Cluster): Promise<string> {
  const address = await cluster.kubectl(['get', 'pod', 'ordinary', '-o', 'jsonpath={.status.podIP}']);
  const url = `http://${address}:${names.assetsPort}/repos/system/index.yaml`;
  const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
  if (!response.ok) {
    throw new Error(`${url}: HTTP ${response.status}`);
  }
  return address;
}

const ordinaryPod: KubeObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'ordinary', namespace: 'default' },
  spec: { containers: [{ name: 'assets', image: names.assetsImage }] },
};

async function whyNotReady(cluster: Cluster, { name }: Node): Promise<string> {
  const message = '{.status.conditions[?(@.type=="Ready")].message}';
  const text = await cluster.kubectl(['get', 'node', name, '-o', `jsonpath=${message}`]);
  return /error: ([^,\]]*)/.exec(text)?.[1] ?? text;
}

async function readyPods(cluster: Cluster, namespace: string, selector: string): Promise<number> {
  const ready = '{.items[*].status.conditions[?(@.type=="Ready")].status}';
  const args = ['get', 'pods', '-n', namespace, '-l', selector, '-o', `jsonpath=${ready}`];
  return (await cluster.kubectl(args)).split(' ').filter((status) => status === 'True').length;
}

async function synthesize({ dir, url }: Cluster): Promise<string> {
  const bundle = join(dir, 'bundle');
  const cli = resolve('node_modules/cdk8s-cli/bin/cdk8s');
  const app = `${process.execPath} --import tsx ${join(__dirname, 'app.ts')}`;
  const env = { ...process.env, API_SERVER_URL: url, CDK8S_CHECK_UPGRADE: 'false' };
  await execute(process.execPath, [cli, 'synth', '--app', app, '--output', bundle], { env });
  return bundle;
}

async function packageCharts({ dir }: Cluster): Promise<string> {
  const charts = mkdtempSync(join(dir, 'charts-'));
  await makeCharts(charts, { 'repos/system': [cniChart] });
  return charts;
}
