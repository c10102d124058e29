import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'cdk8s';
import { ApiServer, BootstrapBundle, type BootstrapBundleProps } from '../../../src';
import { clusterFromKubeconfig } from '../../../src/cluster/kubeconfig';
import type { KubeObject } from '../../../src/kubernetes/kube-object';
import { readBundle } from '../../../src/kubernetes/read-bundle';
import { type UpResult, up } from '../../../src/up';
import { cniChart } from '../../../tools/bootstrap/cni-chart';
import { fluxControllers, fluxImage, names } from '../../../tools/bootstrap/names';
import {
  assetsServerImage,
  type ControlPlane,
  cniInstallerImage,
  controllerImage,
  createAuthority,
  createCosignKey,
  makeCharts,
  type Node,
  publicAddress,
  pushChart,
  type ReverseProxy,
  serveFolder,
  startControlPlane,
  startNode,
  startRegistry,
  startReverseProxy,
} from '../../../tools/control-plane';

/** A chart without pods, in the upstream repository and on the assets server. */
export const APP = 'app';

/** Port of the chart repository behind the server with TLS. */
const CHARTS_PORT = 8124;

/** A real node without CNI, and servers outside of its cluster, whose certificates a private CA has signed. */
export class UpstreamNode {
  private constructor(
    readonly cluster: ControlPlane,
    readonly node: Node,
    /** A chart repository with the CNI and {@link APP}. */
    readonly charts: ReverseProxy,
    /** A registry with the CNI, signed with cosign. */
    readonly registry: ReverseProxy,
  ) {}

  static async start(): Promise<UpstreamNode> {
    const cluster = await startControlPlane();
    try {
      const address = publicAddress(cluster);
      const [node, registry] = await Promise.all([startNode(cluster), startRegistry(cluster, address)]);
      const folder = mkdtempSync(join(cluster.dir, 'charts-'));
      await makeCharts(folder, { upstream: [cniChart, { name: APP }], assets: [{ name: APP }] });
      cluster.onStop((await serveFolder(folder, address, CHARTS_PORT)).stop);
      const authority = await createAuthority('upstream');
      const withTls = async (target: string) => {
        const server = await startReverseProxy(target, address, { authority });
        cluster.onStop(server.stop);
        return server;
      };
      const key = await createCosignKey(cluster.dir);
      await key.sign(await pushChart(`${registry.host}/charts`, cniChart));
      await addImages(node, folder);
      await cluster.apply([
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: names.namespace } },
        secret('ca', { 'ca.crt': authority.certificate }),
        secret('key', { 'cosign.pub': key.publicKey }),
      ]);
      return new UpstreamNode(cluster, node, await withTls(`${address}:${CHARTS_PORT}`), await withTls(registry.host));
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /** Brings up a bundle with Flux, and the CNI from one of its repositories. */
  async up(cni: string, props: Pick<BootstrapBundleProps, 'assets' | 'repositories' | 'releases'>): Promise<UpResult> {
    const app = new App({ outdir: mkdtempSync(join(this.cluster.dir, 'dist-')) });
    const images = fluxControllers.map((controller) => [controller, { image: fluxImage(controller) }]);
    new BootstrapBundle(app, 'bundle', {
      apiServer: ApiServer.fromUrl(this.cluster.url),
      namespace: names.namespace,
      flux: { namespace: names.fluxNamespace, controllers: fluxControllers, options: Object.fromEntries(images) },
      ...props,
      releases: [
        { name: names.cni, namespace: 'kube-system', repository: cni, values: { subnet: names.podSubnet } },
        ...(props.releases ?? []),
      ],
    });
    app.synth();
    const client = await clusterFromKubeconfig({ kubeconfig: this.cluster.kubeconfig });
    try {
      return await up(client, readBundle(app.outdir), { timeout: 270_000 });
    } finally {
      client.close();
    }
  }
}

async function addImages(node: Node, charts: string): Promise<void> {
  await node.addImage(await assetsServerImage(names.assetsImage, charts, names.assetsPort));
  await node.addImage(await cniInstallerImage(names.cniImage));
  for (const controller of fluxControllers) {
    await node.addImage(await controllerImage(fluxImage(controller), controller));
  }
}

function secret(name: string, stringData: Readonly<Record<string, string>>): KubeObject {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: names.namespace }, stringData };
}
