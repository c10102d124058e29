import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { isDeepStrictEqual, promisify } from 'node:util';
import { App, Yaml } from 'cdk8s';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiServer, BootstrapBundle, type BootstrapBundleProps, type BundleSync } from '../../src';
import type { UpOutput } from '../../src/cli/outputs';
import { readinessOf } from '../../src/kubernetes/conditions';
import { listAt, stringAt } from '../../src/kubernetes/fields';
import { kustomizationGvk } from '../../src/kubernetes/flux';
import { isCrd } from '../../src/kubernetes/kinds';
import { groupOf, type KubeObject, printReference, referenceTo } from '../../src/kubernetes/kube-object';
import { readBundle } from '../../src/kubernetes/read-bundle';
import {
  type ControlPlane,
  ensurePrograms,
  eventually,
  makeCharts,
  runPod,
  startControlPlane,
  startFlux,
  startGitServer,
  startRegistry,
} from '../../tools/control-plane';
import { codeBlock } from '../support/code-block';
import { parseOutput } from '../support/outputs';
import { thief } from './support/chain-parts';
import { eggtooth, type Run } from './support/eggtooth';

// One story: each test goes on where the one before has ended.

let cluster: ControlPlane;
let url: string;
let folder: string;
let environment: NodeJS.ProcessEnv;
let decryption: BundleSync['decryption'];
beforeAll(async () => {
  cluster = await startControlPlane();
  url = await (await startGitServer(cluster)).create('cluster');
  folder = mkdtempSync(join(cluster.dir, 'platform-'));
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true });
  symlinkSync(resolve('lib/eggtooth.js'), join(folder, 'node_modules/.bin/eggtooth'));
  // The bundles are synthesized here.
  symlinkSync('/bin/true', join(folder, 'node_modules/.bin/cdk8s'));
  writeFileSync(join(folder, '.gitignore'), 'node_modules\n*.agekey\n/secret.yaml\n');
  const programs = await ensurePrograms(['kubectl', 'flux', 'sops', 'age-keygen']);
  environment = {
    ...process.env,
    PATH: [...Object.values(programs).map(dirname), process.env.PATH].join(delimiter),
    KUBECONFIG: cluster.kubeconfig,
    GIT_URL: url,
    GIT_AUTHOR_NAME: 'Operator',
    GIT_AUTHOR_EMAIL: 'operator@example.org',
    GIT_COMMITTER_NAME: 'Operator',
    GIT_COMMITTER_EMAIL: 'operator@example.org',
  };
});
afterAll(() => cluster?.stop());

/** Runs the commands of a block of docs/git.md, as its reader would. */
async function documented(name: string, { reconciled = true } = {}): Promise<string> {
  const code = codeBlock('docs/git.md', name);
  const commands = reconciled
    ? code.replace(/^flux reconcile .*$/m, '$& --timeout=2m')
    : // flux would wait for minutes.
      code.replace(/^flux reconcile .*$/m, 'flux reconcile source git platform');
  // The registry here has no TLS.
  const insecure = commands.replace(/^flux push artifact .*$/m, '$& --insecure-registry');
  return (await promisify(execFile)('sh', ['-ec', insecure], { cwd: folder, env: environment })).stdout;
}

const values = { quoted: 'no', octal: '0755', yes: true, list: ['1', 2], nothing: null };

/** Writes what `cdk8s synth` would. */
function synth(props: Partial<BootstrapBundleProps> = {}): void {
  const outdir = join(folder, 'cluster/dist');
  rmSync(outdir, { recursive: true, force: true });
  const app = new App({ outdir });
  new BootstrapBundle(app, 'bundle', {
    apiServer: ApiServer.fromUrl(cluster.url, { certificateAuthority: cluster.ca }),
    namespace: 'platform',
    assets: { image: 'registry.example/assets:1', port: 8123 },
    repositories: [
      { name: 'system', path: '/repos/system' },
      { name: 'apps', namespace: 'shop', path: '/repos/apps' },
    ],
    releases: [
      { name: 'network', repository: 'system', values },
      { name: 'shop', namespace: 'shop', repository: 'apps' },
    ],
    renewal: { image: 'registry.example/eggtooth:1', firstCertificate: true },
    flux: {},
    sync: { name: 'platform', git: { url, ref: { branch: 'main' } }, path: './cluster', interval: '1h', decryption },
    ...props,
  });
  app.synth();
}

const bundle = () => readBundle(join(folder, 'cluster/dist'));
const run = (command: string, ...args: readonly string[]): Promise<Run> =>
  eggtooth([command, join(folder, 'cluster/dist'), '--kubeconfig', cluster.kubeconfig, ...args]);

async function find(object: KubeObject): Promise<KubeObject | undefined> {
  const { apiVersion, kind, metadata } = object;
  const type = groupOf(apiVersion) === '' ? kind : `${kind}.${apiVersion.split('/')[1]}.${groupOf(apiVersion)}`;
  const place = ['-n', metadata.namespace ?? 'default', '--show-managed-fields', '--ignore-not-found', '-o', 'json'];
  const json = await cluster.kubectl(['get', type, metadata.name ?? '', ...place]);
  return json === '' ? undefined : JSON.parse(json);
}

const named = (kind: string, name: string, namespace?: string): KubeObject => {
  const apiVersion = { Secret: 'v1', Namespace: 'v1', HelmRelease: 'helm.toolkit.fluxcd.io/v2' }[kind];
  return { apiVersion: apiVersion ?? 'v1', kind, metadata: { name, namespace } };
};
const print = (object: KubeObject) => printReference(referenceTo(object));
const kustomization = () => find({ ...kustomizationGvk, metadata: { name: 'platform', namespace: 'flux-system' } });
const network = named('HelmRelease', 'network', 'platform');
const shop = named('HelmRelease', 'shop', 'shop');

describe('a bundle with sync', () => {
  let before: ReadonlyMap<string, KubeObject>;
  let secrets: string;
  const readSecrets = () => cluster.kubectl(['get', 'secret', 'flux-assets-tls', '-n', 'platform', '-o', 'yaml']);

  test('comes up before anything was pushed, and says what is not there', async () => {
    synth();
    const charts = mkdtempSync(join(cluster.dir, 'charts-'));
    await makeCharts(charts, { 'repos/system': [{ name: 'network' }], 'repos/apps': [{ name: 'shop' }] });
    const pod = { namespace: 'platform', name: 'flux-assets-0', port: 8123, folder: charts };
    const controllers = ['source-controller', 'helm-controller', 'kustomize-controller'] as const;
    // What FluxAio sets. There is no kubelet that would run its pod.
    const flags = { 'kustomize-controller': ['--override-manager=eggtooth'] };
    const [stdout] = await Promise.all([
      documented('up'),
      runPod(cluster, pod).then(() => startFlux(cluster, { controllers, flags })),
    ]);

    expect(stdout).toMatch(/^HelmRelease platform\/network is Ready/m);
    expect(stdout).toMatch(/^not waited for: GitRepository flux-system\/platform is not Ready/m);
    expect(stdout).toMatch(/^not waited for: Kustomization flux-system\/platform is not Ready/m);
    const found = await Promise.all(bundle().map(find));
    before = new Map(found.flatMap((object) => (object === undefined ? [] : [[print(object), object]])));
    secrets = await readSecrets();
  });

  test('is taken over by Flux as it is, once it is pushed', async () => {
    await documented('push');
    expect(await documented('take-over')).toMatch(/^platform\s.*True/m);

    for (const object of bundle()) {
      const [was, is] = [before.get(print(object)), await find(object)];
      if (object.kind === 'Job') {
        // up has issued the first certificate, and Flux does not run the Job again and again.
        expect([was, is]).toEqual([undefined, undefined]);
        continue;
      }
      const content = ({ metadata: _, status: __, ...rest }: Partial<KubeObject> = {}) => rest;
      expect(isDeepStrictEqual(content(is), content(was)), print(object)).toBe(true);
      expect(is?.metadata.labels, print(object)).toMatchObject({ 'kustomize.toolkit.fluxcd.io/name': 'platform' });
      const managers = listAt(is?.metadata, 'managedFields').map((entry) => stringAt(entry, 'manager'));
      expect(managers, print(object)).toContain('kustomize-controller');
      expect(managers, print(object)).not.toContain('eggtooth');
    }
    expect(before.size).toBe(bundle().length - 1);
    expect(before.get(print(network))).toHaveProperty('spec.values', values);
    expect(await readSecrets()).toBe(secrets);
  });

  test('is left to Flux by a later up, which reports that', async () => {
    const { code, stdout, stderr } = await run('up', '--prune');

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^skipped +\d+ objects: managed by Kustomization flux-system\/platform$/m);
    expect(stdout).toContain('flux-assets-reader: unchanged');
    expect(stdout).not.toContain('not waited for');
    expect(stdout).not.toContain('commit it');
    expect(stdout).not.toMatch(/^(kept|pruned)/m);
    expect(await readSecrets()).toBe(secrets);
  });

  test('is left to Flux by an up that has something else, which says what to do', async () => {
    synth({
      releases: [
        { name: 'network', repository: 'system', values: { other: 1 } },
        { name: 'more', repository: 'system', chart: 'network' },
      ],
    });
    const managed = 'Kustomization flux-system/platform manages the bundle';
    const differing = [
      `skipped      HelmRelease platform/network: differs from the bundle; ${managed}`,
      `skipped      HelmRelease platform/more: does not exist; ${managed}`,
      'to apply the bundle, commit it to the source of Flux',
    ];
    const plan = await run('up', '--dry-run');
    for (const line of differing) expect(plan.stdout.split('\n')).toContain(line);
    const result = await run('up', '--until', 'sources');

    expect(result.code).toBe(0);
    for (const line of differing) expect(result.stdout.split('\n')).toContain(line);
    expect(await find(named('HelmRelease', 'more', 'platform'))).toBeUndefined();
    expect((await find(network))?.spec).toEqual(before.get(print(network))?.spec);
    const { objects } = parseOutput<UpOutput>('up', await run('up', '--until', 'sources', '-o', 'json'));
    expect(objects.filter(({ differs }) => differs).map(({ name }) => name)).toEqual(['network', 'more']);
  });

  test('loses in the cluster what it loses in the source, and nothing else', async () => {
    synth({ releases: [{ name: 'network', repository: 'system', values }] });
    const withoutNamespace = bundle().filter(
      (object) =>
        print(object) !== 'Namespace shop' && !(isCrd(object) && /^receivers/.test(object.metadata.name ?? '')),
    );
    for (const file of readdirSync(join(folder, 'cluster/dist'))) rmSync(join(folder, 'cluster/dist', file));
    writeFileSync(join(folder, 'cluster/dist/all.yaml'), Yaml.stringify(...withoutNamespace));
    await documented('change');

    await eventually(async () => expect(await find(shop)).toBeUndefined());
    synth();
    const left = await Promise.all(bundle().map(async (object) => [print(object), await find(object)] as const));
    expect(left.flatMap(([name, object]) => (object === undefined ? [name] : []))).toEqual(
      [print(shop), expect.stringMatching(/^Job /)].sort().reverse(),
    );
    expect(await readSecrets()).toBe(secrets);
  });

  test('keeps everything when its folder is empty, or is not there any longer', async () => {
    await documented('change');
    const count = async () => listAt(await kustomization(), 'status', 'inventory', 'entries').length;
    const all = await count();
    for (const path of ['cluster/dist', 'cluster']) {
      rmSync(join(folder, path), { recursive: true });
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      if (path === 'cluster/dist') writeFileSync(join(folder, 'cluster/README.md'), 'empty\n');
      await documented('change', { reconciled: false });
      const message = path === 'cluster' ? /path not found/ : /no resource matches strategic merge patch/;
      await eventually(async () => {
        const readiness = readinessOf(await kustomization());
        expect(readiness).toMatchObject({ status: 'False', message: expect.stringMatching(message) });
      });
      expect(await count()).toBe(all);
    }
    synth();
    await documented('change');
    for (const object of bundle().filter(({ kind }) => kind !== 'Job')) {
      expect(await find(object), print(object)).toBeDefined();
    }
  });

  test('is not revoked in the cluster, but in the source', async () => {
    const read = await thief(cluster, 'flux-assets', 'platform');
    expect(await read()).toBe(200);

    const { code, stderr } = await run('revoke');
    expect(code).toBe(1);
    expect(stderr).toContain(
      'RoleBinding platform/flux-assets-reader: is managed by Kustomization flux-system/platform',
    );
    expect(stderr).toContain('fix: revoke in the source: set generation: 2 of the AssetsReader');
    expect(await read()).toBe(200);

    synth({ readerGeneration: 2 });
    await documented('change');
    expect(await read()).toBe(403);
    expect(await documented('issue')).toContain('flux-assets-reader:g2');
    expect((await run('up')).code).toBe(0);
  });

  test('decrypts a Secret that SOPS encrypted, and issue leaves it alone', async () => {
    await documented('age');
    decryption = { secretRef: { name: 'sops-age' } };
    synth({ readerGeneration: 2 });
    await documented('change');
    const { data } = JSON.parse(
      await cluster.kubectl(['get', 'secret', 'flux-assets-tls', '-n', 'platform', '-o', 'json']),
    );
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      // As eggtooth sign prints it.
      metadata: {
        name: 'flux-assets-tls',
        namespace: 'platform',
        labels: { 'app.kubernetes.io/managed-by': 'eggtooth' },
      },
      type: 'kubernetes.io/tls',
      data,
    };
    writeFileSync(
      join(folder, 'secret.yaml'),
      Yaml.stringify(secret, { ...named('Secret', 'other', 'platform'), stringData: { word: 'known' } }),
    );
    await documented('encrypt');
    await documented('change');

    const other = await find(named('Secret', 'other', 'platform'));
    expect(other?.data).toEqual({ word: Buffer.from('known').toString('base64') });
    const owned = await find(secret);
    expect(owned?.data).toEqual(data);
    expect(owned?.metadata.labels).toHaveProperty(['kustomize.toolkit.fluxcd.io/name']);
    for (const command of ['up', 'issue', 'renew']) expect((await run(command)).code, command).toBe(0);
    const { code, stderr } = await run('renew', '--force');
    expect(code).toBe(1);
    expect(stderr).toContain('is managed by Kustomization flux-system/platform');
    expect(stderr).toContain('fix: change it where Kustomization flux-system/platform takes it from');
    expect((await find(secret))?.data).toEqual(data);
  });

  test('is applied by hand while the Kustomization is suspended, until it is resumed', async () => {
    synth({ readerGeneration: 2, releases: [{ name: 'network', repository: 'system', values: { by: 'hand' } }] });
    const { code, stdout } = await run('up', '--until', 'sources');
    expect(code).toBe(0);
    expect(stdout).toContain('HelmRelease platform/network: differs from the bundle');

    expect(await documented('suspend')).toContain('not waited for: Kustomization flux-system/platform is suspended');
    expect((await find(network))?.spec).toMatchObject({ values: { by: 'hand' } });

    await documented('resume');
    await eventually(async () => expect((await find(network))?.spec).toMatchObject({ values }));
  });

  test('is taken back, and belongs to up again', async () => {
    synth({
      readerGeneration: 2,
      sync: undefined,
      releases: [{ name: 'network', repository: 'system', values: { by: 'up' } }],
    });
    await documented('take-back');
    expect((await find(network))?.spec).toMatchObject({ values: { by: 'up' } });

    synth({
      readerGeneration: 2,
      sync: undefined,
      releases: [{ name: 'network', repository: 'system', values: { by: 'another' } }],
    });
    const { code, stdout } = await run('up', '--until', 'releases');
    expect(code).toBe(0);
    expect(stdout).not.toContain('skipped');
    expect((await find(network))?.spec).toMatchObject({ values: { by: 'another' } });
  });

  test('is handed over to OCI too, and then goes with down, but not what else is in the source', async () => {
    const { host } = await startRegistry(cluster);
    environment.OCI_URL = `oci://${host}/platform/cluster`;
    const oci = { url: environment.OCI_URL, version: { tag: 'main' }, insecure: true };
    synth({ readerGeneration: 2, sync: { name: 'platform', oci, interval: '1h', decryption } });
    expect((await run('up', '--until', 'sources')).stdout).toContain(
      'not waited for: OCIRepository flux-system/platform is not Ready',
    );
    await documented('push-artifact');
    await documented('take-over');
    expect((await find(network))?.metadata.labels).toHaveProperty(['kustomize.toolkit.fluxcd.io/name'], 'platform');

    const { code, stdout, stderr } = await run('down');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const left = await Promise.all(bundle().map(find));
    const names = left.flatMap((object) => (object === undefined ? [] : [print(object)]));
    // Each holds something that is not the bundle's.
    expect(names).toEqual(['Namespace flux-system', 'Namespace platform', 'Namespace shop']);
    expect(stdout).toContain('Namespace flux-system: it contains Secret flux-system/sops-age\n');
    expect(await find(named('Secret', 'other', 'platform'))).toBeDefined();
  });
});
