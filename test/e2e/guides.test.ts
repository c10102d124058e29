import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type ControlPlane,
  ensurePrograms,
  makeCharts,
  runPod,
  startControlPlane,
  startFlux,
} from '../../tools/control-plane';
import { systemProgramObstacle } from '../../tools/control-plane/ensure-system-program';
import { authority as authorityCertificate, certificate, keyObject, keyPair } from '../pki/support/certificates';
import { codeBlock } from '../support/code-block';
import { commands } from './support/commands';
import { platformFolder } from './support/platform-folder';

const execute = promisify(execFile);

let cluster: ControlPlane;
let folder: string;
let env: NodeJS.ProcessEnv;

/** Runs lines in the folder of the second example of the README, as its reader does. */
const run = (script: string) => execute('bash', ['-euo', 'pipefail', '-c', script], { cwd: folder, env });
const runBlock = (document: string, name: string) => run(codeBlock(document, name));

beforeAll(async () => {
  cluster = await startControlPlane();
  const bin = commands(cluster, await ensurePrograms(['kubectl']));
  env = {
    ...process.env,
    PATH: [bin, process.env.PATH].join(delimiter),
    KUBECONFIG: cluster.kubeconfig,
    API_SERVER_URL: cluster.url,
    CDK8S_CHECK_UPGRADE: 'false',
  };
  folder = platformFolder(cluster, {
    'main.js': codeBlock('README.md', 'proxy.js'),
    'cdk8s.yaml': codeBlock('README.md', 'cdk8s.yaml'),
    'sign.mjs': codeBlock('docs/library.md', 'sign.mjs'),
  });
});
afterAll(() => cluster?.stop());

test('the commands of README.md bring up its second example, so that the program of docs/library.md can issue again', async () => {
  const charts = mkdtempSync(join(cluster.dir, 'charts-'));
  await makeCharts(charts, { system: [{ name: 'network' }], apps: [{ name: 'shop' }] });
  const [synth = '', dryRun = '', up = ''] = codeBlock('README.md', 'use').trim().split('\n');
  await run(synth);
  expect((await run(dryRun)).stdout).toMatch(/created +StatefulSet platform\/flux-assets|unchecked/);

  // There is no kubelet: the pod and Flux start as soon as the bundle is applied.
  const pod = { namespace: 'platform', name: 'flux-assets-0', port: 8123, folder: charts };
  const controllers = ['source-controller', 'helm-controller'] as const;
  const [{ stdout: summary }] = await Promise.all([
    run(up),
    runPod(cluster, pod).then(() => startFlux(cluster, { controllers })),
  ]);
  expect(summary).toContain('flux-assets-reader: issued, P-256');
  expect(summary).toMatch(/^HelmRepository platform\/system read: sha256:/m);
  expect(summary).toMatch(/^HelmRepository shop\/apps read: sha256:/m);
  expect(summary).toMatch(/^HelmRelease kube-system\/network is Ready: 0\.1\.0$/m);
  expect((await run(up)).stdout).toContain('flux-assets-reader: unchanged');

  expect((await run('node sign.mjs')).stdout).toMatch(/^flux-assets-reader reads until \d{4}-.*, as before$/m);
});

test('docs/charts-image.md reads the index as Flux does', async () => {
  expect((await runBlock('docs/charts-image.md', 'read.sh')).stdout).toContain('- network-0.1.0.tgz');
});

describe('docs/api-server-url.md', () => {
  const guide = 'docs/api-server-url.md';

  test('finds the URL of the cluster in both ways', async () => {
    expect((await runBlock(guide, 'find')).stdout).toBe(`${cluster.url}\n${cluster.url}\n`);
  });

  const noCurl = systemProgramObstacle('curl') !== undefined;

  test.skipIf(noCurl)('checks a URL with the CA of the cluster', async () => {
    expect((await runBlock(guide, 'check')).stdout).toContain('"gitVersion"');
  });

  test.skipIf(noCurl).each([
    [
      'no alternative certificate subject name matches',
      (url: URL) => `--resolve example.org:${url.port}:${url.hostname} https://example.org:${url.port}`,
      'ca.crt',
    ],
    ['unable to get local issuer certificate', (url: URL) => url.origin, 'other.crt'],
  ] as const)('quotes curl: %s', async (message, target, authority) => {
    writeFileSync(join(folder, 'other.crt'), await authorityCertificate('other'));
    const { stderr } = await run(`! curl --silent --show-error --cacert ${authority} ${target(new URL(cluster.url))}`);
    expect(stderr).toContain(message);
    expect(readFileSync(guide, 'utf8')).toContain(message);
  });

  test('shows where the agents of konnectivity run', async () => {
    const labels = { 'k8s-app': 'konnectivity-agent' };
    await cluster.apply({
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'konnectivity-agent', namespace: 'kube-system', labels },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { hostNetwork: true, containers: [{ name: 'agent', image: 'registry.example/agent:1' }] },
        },
      },
    });
    expect((await runBlock(guide, 'konnectivity')).stdout).toBe('konnectivity-agent hostNetwork: true\n');
  });
});

describe('docs/renewal.md', () => {
  const guide = 'docs/renewal.md';

  /** Puts a certificate that expired yesterday into the Secrets. */
  async function expire(): Promise<void> {
    const keys = await keyPair();
    const pem = await certificate({ keys, subject: [{ CN: ['flux-assets-reader'] }], notAfter: -86_400 });
    const key = keyObject(keys).export({ format: 'pem', type: 'pkcs8' }).toString();
    const stringData = { 'tls.crt': pem, 'tls.key': key };
    for (const namespace of ['platform', 'shop']) {
      const patch = ['--type=merge', '-p', JSON.stringify({ stringData })];
      await cluster.kubectl(['patch', 'secret', 'flux-assets-tls', '-n', namespace, ...patch]);
    }
  }

  test('renews what has expired, which the status reports, and nothing before it is due', async () => {
    expect((await runBlock(guide, 'renew')).stdout).toMatch(/^flux-assets-reader: not due before/);
    await expire();
    await expect(runBlock(guide, 'status')).rejects.toMatchObject({
      code: 1,
      stdout: expect.stringContaining('expired'),
    });
    expect((await runBlock(guide, 'expired')).stdout).toMatch(/^flux-assets-reader: renewed/);
  });

  test('prints roles that kubectl applies', async () => {
    expect((await runBlock(guide, 'rbac')).stdout).toMatch(/^clusterrole.*eggtooth-renew/m);
  });

  test('shows the state of the certificates, also to Prometheus, by names that its alerts have', async () => {
    expect((await runBlock(guide, 'status')).stdout).toContain('flux-assets-reader: ok');
    await runBlock(guide, 'metrics');
    const metrics = readFileSync(join(folder, 'eggtooth.prom'), 'utf8');
    for (const [name] of codeBlock(guide, 'alerts').matchAll(/eggtooth_\w+/g))
      expect(metrics).toMatch(new RegExp(`^${name}[{ ]`, 'm'));
  });
});

describe('docs/take-down.md', () => {
  const guide = 'docs/take-down.md';

  /** There is no kubelet that ends the pod. */
  async function endPod(): Promise<void> {
    const pod = ['pod/flux-assets-0', '-n', 'platform'];
    await cluster.kubectl(['wait', '--for=jsonpath={.metadata.deletionTimestamp}', ...pod, '--timeout=240s']);
    await cluster.kubectl(['delete', ...pod, '--force']);
  }

  const installed = () => cluster.kubectl(['get', 'configmaps', '-n', 'kube-system', '-o', 'name']);

  test('takes the bundle away with kubectl, but not what Flux has installed', async () => {
    expect(await installed()).toContain('configmap/network\n');
    await Promise.all([runBlock(guide, 'kubectl'), endPod()]);
    expect(await runBlock(guide, 'left')).toMatchObject({ stdout: '' });
    expect(await cluster.kubectl(['get', 'crds', '-o', 'name'])).toBe('');
    expect(await installed()).toContain('configmap/network\n');
  });
});
