import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type ControlPlane,
  ensurePrograms,
  makeCharts,
  serveFolder,
  startControlPlane,
  startFlux,
} from '../../tools/control-plane';
import { codeBlock } from '../support/code-block';
import { commands } from './support/commands';
import { platformFolder } from './support/platform-folder';
import { startPublicHosts } from './support/public-hosts';

const README = 'README.md';
const blocks = (...names: string[]) => Object.fromEntries(names.map((name) => [name, codeBlock(README, name)]));

test('README.md installs eggtooth with the peers that it needs', () => {
  const { peerDependencies, peerDependenciesMeta = {} } = JSON.parse(readFileSync('package.json', 'utf8'));
  const peers = Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta[name]?.optional);
  const [, packages = ''] = /^npm install (?!--)(.*)$/m.exec(codeBlock(README, 'install')) ?? [];

  expect(packages.split(' ').sort()).toEqual(['eggtooth', ...peers].sort());
});

/** Nothing in the example is replaced. A server here has the name helm.cilium.io, and a small chart the name cilium. */
describe('the first example of README.md, as it stands', () => {
  let cluster: ControlPlane;
  let run: (line: string) => Promise<string>;
  let publicHosts: Awaited<ReturnType<typeof startPublicHosts>>;

  beforeAll(async () => {
    cluster = await startControlPlane();
    const charts = mkdtempSync(join(cluster.dir, 'charts-'));
    await makeCharts(charts, {
      '.': [
        { name: 'cilium', version: '1.20.3' },
        { name: 'cilium', version: '1.21.0' },
      ],
    });
    const { stop } = await serveFolder(charts, cluster.address, 8200);
    cluster.onStop(stop);
    publicHosts = await startPublicHosts(cluster, { 'helm.cilium.io': `${cluster.address}:8200` });
    const cwd = platformFolder(cluster, blocks('main.js', 'cdk8s.yaml'));
    const bin = commands(cluster, await ensurePrograms(['kubectl']));
    const env = {
      ...process.env,
      PATH: [bin, process.env.PATH].join(delimiter),
      KUBECONFIG: cluster.kubeconfig,
      CDK8S_CHECK_UPGRADE: 'false',
    };
    const url = codeBlock(README, 'url');
    run = async (line) => (await promisify(execFile)('sh', ['-e', '-c', `${url}\n${line}`], { cwd, env })).stdout;
  });
  afterAll(() => cluster?.stop());

  const installed = () => cluster.kubectl(['get', 'configmaps', '-n', 'kube-system', '-o', 'name']);

  test('brings up Cilium from its public repository, without an image and without a certificate', async () => {
    const [synth = '', dryRun = '', up = ''] = codeBlock(README, 'use').trim().split('\n');
    expect(await run('echo "$API_SERVER_URL"')).toBe(`${cluster.url}\n`);
    await run(synth);
    expect(await run(dryRun)).toMatch(/created +HelmRepository kube-system\/cilium|unchecked/);
    expect(await cluster.kubectl(['get', 'crd', '-o', 'name'])).toBe('');

    const controllers = ['source-controller', 'helm-controller'] as const;
    // There is no kubelet: Flux starts as soon as its CRDs are applied.
    const crd = 'crd/helmreleases.helm.toolkit.fluxcd.io';
    const [summary] = await Promise.all([
      run(up),
      cluster
        .kubectl(['wait', '--for=create', crd, '--timeout=240s'])
        .then(() => startFlux(cluster, { controllers, env: publicHosts.env })),
    ]);
    expect(summary).toMatch(/^HelmRepository kube-system\/cilium read: sha256:/m);
    expect(summary).toMatch(/^HelmRelease kube-system\/cilium is Ready: 1\.20\.3$/m);
    expect(new Set(publicHosts.tunnels)).toEqual(new Set(['helm.cilium.io:443']));
    expect(await cluster.kubectl(['get', 'csr,statefulsets', '-A', '-o', 'name'])).toBe('');
    expect(await run(up)).not.toMatch(/created|configured/);

    const values = await cluster.kubectl([
      'get',
      'configmap',
      'cilium',
      '-n',
      'kube-system',
      '-o',
      'jsonpath={.data.values}',
    ]);
    const { hostname, port } = new URL(cluster.url);
    expect(JSON.parse(values)).toEqual({
      kubeProxyReplacement: true,
      k8sServiceHost: hostname,
      k8sServicePort: Number(port),
      operator: { replicas: 1 },
    });
  });

  test('is uninstalled by the command of docs/take-down.md', async () => {
    expect(await installed()).toContain('configmap/cilium\n');
    await run(codeBlock('docs/take-down.md', 'uninstall').replace('network', 'cilium'));
    expect(await installed()).not.toContain('configmap/cilium\n');
    await run('npx eggtooth up');
  });

  test('is taken away by the commands of docs/take-down.md, except for what Flux installed', async () => {
    await run(codeBlock('docs/take-down.md', 'down'));
    expect(await run(codeBlock('docs/take-down.md', 'again'))).toMatch(/^0 deleted, 0 kept/);
    expect(await cluster.kubectl(['get', 'crd', '-o', 'name'])).toBe('');
    expect(await installed()).toContain('configmap/cilium\n');
  });
});
