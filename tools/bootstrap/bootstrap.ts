import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import {
  assetsServerImage,
  type Cluster,
  cniInstallerImage,
  controllerImage,
  eventually,
  type KubeObject,
  makeCharts,
  type Node,
  readiness,
  startNode,
} from '../control-plane';
import { cniChart } from './cni-chart';
import { fluxControllers, fluxImage, names } from './names';

const execute = promisify(execFile);

/** A real node that has the images of a bundle, and the bundle. */
export interface PreparedNode {
  readonly node: Node;
  /** The folder that `cdk8s synth` wrote. */
  readonly bundle: string;
  /** The package of the CNI's chart. */
  readonly chart: string;
}

/** Called with what has happened, as a clause. */
export type Report = (event: string) => void;

/** Path of the repository on the assets server. */
const CHARTS = 'repos/system';

/**
 * Starts a node that is not Ready, and synthesizes the bundle that makes it Ready.
 * @param options.cni whether the node has the image of the CNI; true by default
 */
export async function prepareNode(cluster: Cluster, { cni = true } = {}): Promise<PreparedNode> {
  const [node, bundle, charts] = await Promise.all([startNode(cluster), synthesize(cluster), packageCharts(cluster)]);
  await node.addImage(await assetsServerImage(names.assetsImage, charts, names.assetsPort));
  for (const controller of fluxControllers) {
    await node.addImage(await controllerImage(fluxImage(controller), controller));
  }
  if (cni) await node.addImage(await cniInstallerImage(names.cniImage));
  return { node, bundle, chart: join(charts, CHARTS, `${names.cni}-0.1.0.tgz`) };
}

/** Makes the node Ready by `eggtooth up`: the controllers of Flux in their pod install the CNI. */
export async function bootstrap(cluster: Cluster, { node, bundle }: PreparedNode, report: Report): Promise<void> {
  await cluster.apply(ordinaryPod);
  report(`the node is not Ready: ${await whyNotReady(cluster, node)}`);
  const up = [resolve('lib/eggtooth.js'), 'up', bundle, '--kubeconfig', cluster.kubeconfig];
  const reportOn = async (event: string, kubectl: readonly string[]) => {
    await cluster.kubectl([...kubectl, `--timeout=${PATIENCE / 1000}s`]);
    report(event);
  };
  const reportWhenReady = async (event: string, isReady: () => Promise<boolean>) => {
    await eventually(isReady, { timeout: PATIENCE });
    report(event);
  };
  const readyPod = (namespace: string, selector: string) => async () =>
    (await readyPods(cluster, namespace, selector)) > 0;
  await Promise.all([
    reportWhenReady('the pod with the charts is ready', readyPod(names.namespace, `app=${names.assets}`)),
    reportOn('the certificate is issued and in its Secret', [
      ...['wait', '--for=create', `secret/${names.assets}-tls`, '-n', names.namespace],
    ]),
    reportWhenReady('the pod of Flux is ready', readyPod(names.fluxNamespace, 'app.kubernetes.io/name=flux')),
    reportWhenReady(
      'helm-controller has installed the chart of the CNI',
      async () => (await readiness(cluster, 'helmrelease', 'kube-system', names.cni)).ready,
    ),
    reportOn('the node is Ready', ['wait', '--for=condition=Ready', `node/${node.name}`]),
    execute(process.execPath, up).then(() => report('eggtooth up is done')),
  ]);
  const address = await eventually(() => ordinaryPodAnswers(cluster));
  report(`an ordinary pod has the address ${address} and answers`);
}

/** Generous, in milliseconds: a busy machine may be slow. */
const PATIENCE = 240_000;

/** Returns the address of the pod that is not on the host network, once it serves the charts. */
export async function ordinaryPodAnswers(cluster: Cluster): Promise<string> {
  const address = await cluster.kubectl(['get', 'pod', 'ordinary', '-o', 'jsonpath={.status.podIP}']);
  const url = `http://${address}:${names.assetsPort}/${CHARTS}/index.yaml`;
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
  await makeCharts(charts, { [CHARTS]: [cniChart] });
  return charts;
}
