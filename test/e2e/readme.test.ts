import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
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
import { codeBlock } from '../support/code-block';

let cluster: ControlPlane;
let folder: string;

beforeAll(async () => {
  cluster = await startControlPlane();
  folder = mkdtempSync(join(cluster.dir, 'platform-'));
  for (const file of ['main.js', 'cdk8s.yaml']) writeFileSync(join(folder, file), codeBlock('README.md', file));
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true });
  for (const name of ['cdk8s', 'constructs']) link(`node_modules/${name}`, name);
  link('.', 'eggtooth');
  link('lib/eggtooth.js', '.bin/eggtooth');
  link('node_modules/.bin/cdk8s', '.bin/cdk8s');
});
afterAll(() => cluster?.stop());

const link = (target: string, name: string) => symlinkSync(resolve(target), join(folder, 'node_modules', name));

describe('README.md', () => {
  test('installs eggtooth with the peers that it needs', () => {
    const { peerDependencies, peerDependenciesMeta = {} } = JSON.parse(readFileSync('package.json', 'utf8'));
    const peers = Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta[name]?.optional);
    const [, packages = ''] = /^npm install (?!--)(.*)$/m.exec(codeBlock('README.md', 'install')) ?? [];

    expect(packages.split(' ').sort()).toEqual(['eggtooth', ...peers].sort());
  });

  test('has commands that synthesize its bundle and bring it up, so that the program in docs/library.md can issue again', async () => {
    const { kubectl } = await ensurePrograms(['kubectl']);
    const charts = mkdtempSync(join(cluster.dir, 'charts-'));
    await makeCharts(charts, { 'repos/system': [{ name: 'network' }], 'repos/apps': [{ name: 'shop' }] });
    const env = {
      ...process.env,
      PATH: [dirname(kubectl), process.env.PATH].join(delimiter),
      KUBECONFIG: cluster.kubeconfig,
      API_SERVER_URL: cluster.url,
      CDK8S_CHECK_UPGRADE: 'false',
    };
    const run = async (line: string) => (await promisify(execFile)('sh', ['-c', line], { cwd: folder, env })).stdout;
    const [synth = '', dryRun = '', up = ''] = codeBlock('README.md', 'use').trim().split('\n');
    await run(synth);
    expect(readdirSync(join(folder, 'dist'))).toHaveLength(2);
    expect(await run(dryRun)).toMatch(/created +StatefulSet platform\/flux-assets|unchecked/);
    expect(await cluster.kubectl(['get', 'crd', '-o', 'name'])).toBe('');

    // There is no kubelet: the pod and Flux start as soon as the bundle is applied.
    const pod = { namespace: 'platform', name: 'flux-assets-0', port: 8123, folder: charts };
    const controllers = ['source-controller', 'helm-controller'] as const;
    const [summary] = await Promise.all([
      run(up),
      runPod(cluster, pod).then(() => startFlux(cluster, { controllers })),
    ]);
    expect(summary).toContain('flux-assets-reader: issued, P-256');
    expect(summary).toMatch(/^HelmRepository platform\/system read: sha256:/m);
    expect(summary).toMatch(/^HelmRepository shop\/apps read: sha256:/m);
    expect(summary).toMatch(/^HelmRelease platform\/network is Ready: 0\.1\.0$/m);
    expect(await run(up)).toContain('flux-assets-reader: unchanged');

    writeFileSync(join(folder, 'sign.mjs'), codeBlock('docs/library.md', 'sign.mjs'));
    const { stdout } = await promisify(execFile)(process.execPath, ['sign.mjs'], { cwd: folder, env });
    expect(stdout).toMatch(/^flux-assets-reader reads until \d{4}-.*, as before$/m);
  });
});
