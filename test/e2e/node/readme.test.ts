import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listAt, stringAt } from '../../../src/kubernetes/fields';
import { readBundle } from '../../../src/kubernetes/read-bundle';
import { cniChart } from '../../../tools/bootstrap/cni-chart';
import { names } from '../../../tools/bootstrap/names';
import {
  type ControlPlane,
  cniInstallerImage,
  controllerImage,
  createAuthority,
  ensurePrograms,
  makeCharts,
  type Node,
  nodeObstacle,
  serveFolder,
  startControlPlane,
  startNode,
  startReverseProxy,
} from '../../../tools/control-plane';
import { listen } from '../../../tools/control-plane/listen';
import { codeBlock } from '../../support/code-block';
import { commands } from '../support/commands';
import { platformFolder } from '../support/platform-folder';

const execute = promisify(execFile);

/** The controllers that can be built here, of those in the pod. */
const BUILT = ['source-controller', 'kustomize-controller', 'helm-controller'] as const;

/**
 * Nothing in the example is replaced. The node resolves helm.cilium.io to a server here, whose CA the images of Flux trust.
 * The chart `cilium` there installs a CNI of the harness. Events go to a server in place of notification-controller.
 */
describe.skipIf(nodeObstacle())('the first example of README.md, on a real node without CNI', () => {
  let cluster: ControlPlane;
  let node: Node;
  let run: (script: string) => Promise<string>;

  beforeAll(async () => {
    cluster = await startControlPlane();
    const authorities = await serveHelmCiliumIo();
    node = await startNode(cluster);
    const bin = commands(cluster, await ensurePrograms(['kubectl']));
    const cwd = platformFolder(cluster, {
      'main.js': codeBlock('README.md', 'main.js'),
      'cdk8s.yaml': codeBlock('README.md', 'cdk8s.yaml'),
    });
    const env = {
      ...process.env,
      PATH: [bin, process.env.PATH].join(delimiter),
      KUBECONFIG: cluster.kubeconfig,
      CDK8S_CHECK_UPGRADE: 'false',
    };
    const url = codeBlock('README.md', 'url');
    run = async (script) => (await execute('bash', ['-euc', `${url}\n${script}`], { cwd, env })).stdout;
    await run('npx cdk8s synth');
    await addImages(join(cwd, 'dist'), authorities);
  });
  afterAll(() => cluster?.stop());

  /** @returns the file with the CA of the server */
  async function serveHelmCiliumIo(): Promise<string> {
    const charts = mkdtempSync(join(cluster.dir, 'charts-'));
    const chart = { ...cniChart, name: 'cilium', version: '1.20.3', values: { subnet: names.podSubnet } };
    await makeCharts(charts, { '.': [chart] });
    const files = await serveFolder(charts, cluster.address, 8200);
    cluster.onStop(files.stop);
    const address = cluster.address.replace(/\d+$/, '13');
    const authority = await createAuthority('public');
    const options = { authority, hostnames: ['helm.cilium.io'], port: 443 };
    cluster.onStop((await startReverseProxy(`${cluster.address}:8200`, address, options)).stop);
    const hosts = join(cluster.dir, 'hosts');
    writeFileSync(hosts, `${readFileSync('/etc/hosts', 'utf8')}\n${address} helm.cilium.io\n`);
    await execute('mount', ['--bind', hosts, '/etc/hosts']);
    cluster.onStop(async () => {
      await execute('umount', ['/etc/hosts']);
    });
    const file = join(cluster.dir, 'public.crt');
    writeFileSync(file, authority.certificate);
    return file;
  }

  async function addImages(dist: string, authorities: string): Promise<void> {
    const flux = readBundle(dist).find(({ kind }) => kind === 'Deployment');
    const images = listAt(flux, 'spec', 'template', 'spec', 'containers').map(
      (container) => [stringAt(container, 'name'), stringAt(container, 'image') ?? ''] as const,
    );
    for (const controller of BUILT) {
      const image = await controllerImage(new Map(images).get(controller) ?? '', controller);
      await node.addImage({ ...image, content: { 'etc/ssl/certs/ca-certificates.crt': authorities } });
    }
    await node.addImage(await cniInstallerImage(names.cniImage));
    const events = createServer((_, response) => response.end());
    cluster.onStop((await listen(events, '127.0.0.1', 9690)).stop);
  }

  test('makes the node Ready with Cilium from its public repository', async () => {
    const ready = ['get', 'node', node.name, '-o', 'jsonpath={.status.conditions[?(@.type=="Ready")].status}'];
    expect(await cluster.kubectl(ready)).toBe('False');

    const summary = await run(codeBlock('README.md', 'use'));

    expect(summary).toMatch(/^HelmRelease kube-system\/cilium is Ready: 1\.20\.3$/m);
    expect(await cluster.kubectl(ready)).toBe('True');
  });
});
