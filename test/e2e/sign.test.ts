import 'reflect-metadata';
import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  X509Certificate,
} from '@peculiar/x509';
import { Duration } from 'cdk8s';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { Chain } from '../../src/chain/chain';
import { reviewIdentity } from '../../src/cluster/access-review';
import { clusterAs } from '../../src/cluster/https-cluster';
import { newestFlux } from '../../src/constructs/flux-aio/flux-releases';
import { fluxCrds } from '../../src/constructs/flux-aio/load-crds';
import { readBundle } from '../../src/kubernetes/read-bundle';
import { readCaKey } from '../../src/pki/ca-pem';
import { signCertificate } from '../../src/pki/sign-certificate';
import type { IssueResult } from '../../src/signing/issue-result';
import type { RenewResult } from '../../src/signing/renew';
import { heldCertificate } from '../../src/signing/secret/held-certificate';
import { sign } from '../../src/signing/sign';
import type { ReaderStatus } from '../../src/signing/status';
import type { UpResult } from '../../src/up';
import {
  type ControlPlane,
  ensurePrograms,
  eventually,
  readiness,
  runPod,
  startControlPlane,
  startFlux,
  startRegistry,
} from '../../tools/control-plane';
import { isCa, makeAuthority, signs, type TestAuthority } from '../pki/support/authorities';
import { codeBlock } from '../support/code-block';
import { bundleObjects, writeBundle } from './support/bundle';
import { eggtooth, onlyItem } from './support/eggtooth';
import { servedCharts } from './support/stage';

const PAGE = 'docs/offline-signing.md';
const NAMESPACES = ['eggtooth-system', 'eggtooth-shop'] as const;

/** A cluster whose client CA is in `folder`, and a bundle that is not applied yet. */
let cluster: ControlPlane;
/** Where the commands of the page run: with the bundle in `dist`. */
let folder: string;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  cluster = await startControlPlane();
  folder = mkdtempSync(join(cluster.dir, 'platform-'));
  mkdirSync(join(folder, 'dist'));
  const objects = bundleObjects({ url: cluster.url, readerDuration: Duration.days(30) });
  writeBundle(join(folder, 'dist/bundle.yaml'), objects);
  const { sops, age, kubectl } = await ensurePrograms(['sops', 'age', 'age-keygen', 'kubectl']);
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'eggtooth'), `#!/bin/sh\nexec "${process.execPath}" "${resolve('lib/eggtooth.js')}" "$@"\n`, {
    mode: 0o755,
  });
  const PATH = [bin, dirname(sops), dirname(age), dirname(kubectl), process.env.PATH].join(delimiter);
  env = { ...process.env, PATH, HOME: folder, KUBECONFIG: cluster.kubeconfig };
  await cluster.apply(fluxCrds(newestFlux));
  await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);
});
afterAll(() => cluster?.stop());

/** Runs a block of the page, or any other command, as a script that ends at the first failure. */
const run = (script: string) => promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], { cwd: folder, env });
const block = (name: string) => run(codeBlock(PAGE, name));
const read = (name: string) => readFileSync(join(folder, name), 'utf8');
const cli = (command: string, ...flags: string[]) =>
  eggtooth([command, 'dist', '--kubeconfig', cluster.kubeconfig, '-o', 'json', ...flags], { cwd: folder });
const versions = () =>
  cluster.kubectl([
    'get',
    'secret',
    '-A',
    '-l',
    'app.kubernetes.io/managed-by=eggtooth',
    '-o',
    'jsonpath={.items[*].metadata.resourceVersion}',
  ]);

/** Expects the Secrets to be current for every command, and to stay what they are. */
async function expectUnchanged(): Promise<void> {
  const before = await versions();
  expect(before.split(' ')).toHaveLength(2);

  const status = await cli('status');
  expect(status).toMatchObject({ code: 0, stderr: '' });
  expect(onlyItem<ReaderStatus>('status', status)).toMatchObject({ same: true, problems: [], warnings: [] });
  const issued = onlyItem<IssueResult>('issue', await cli('issue'));
  expect(issued).toMatchObject({ unchanged: true });
  expect(issued).not.toHaveProperty('csr');
  expect(issued.checks.filter(({ ok }) => !ok)).toEqual([]);
  expect(onlyItem<RenewResult>('renew', await cli('renew'))).toMatchObject({ result: 'not-due' });

  expect(await versions()).toBe(before);
  expect(await cluster.kubectl(['get', 'csr', '-o', 'name'])).toBe('');
}

describe('The commands of the page about offline signing', () => {
  test('take the CA from the Secret of Cluster API', async () => {
    const files = ['client-ca.crt', 'client-ca.key'].map((name) => join(cluster.dir, name)) as [string, string];
    const from = [`--cert=${files[0]}`, `--key=${files[1]}`];
    await cluster.kubectl(['create', 'secret', 'tls', 'production-ca', ...from]);

    await block('cluster-api');

    expect([read('ca.crt'), read('ca.key')]).toEqual(files.map((file) => readFileSync(file, 'utf8')));
  });

  test('encrypt the Secrets for Git: sops keeps their names and ends readable, and nothing else', async () => {
    await block('age');
    const { stderr } = await block('encrypt');

    expect(stderr).toMatch(/^assets-reader: signed, P-256, valid until 20/m);
    const documents = parseAllDocuments(read('secrets.sops.yaml')).map((document) => document.toJSON());
    expect(documents.map(({ metadata }) => metadata.namespace)).toEqual(NAMESPACES);
    for (const { metadata, data, sops } of documents) {
      expect(metadata.annotations['eggtooth.dev/not-after']).toMatch(/^20/);
      expect(Object.keys(data)).toEqual(['ca.crt', 'tls.crt', 'tls.key']);
      for (const value of Object.values(data)) expect(value).toMatch(/^ENC\[AES256_GCM,/);
      expect(sops.age).toHaveLength(1);
    }
  });

  test('apply the Secrets before the bundle, with which the real source-controller then reads', async () => {
    for (const namespace of NAMESPACES) await cluster.kubectl(['create', 'namespace', namespace]);
    await block('apply');
    await cluster.kubectl(['apply', '--server-side', '-f', join(folder, 'dist')]);
    const charts = await servedCharts(cluster.dir);
    await runPod(cluster, { namespace: NAMESPACES[0], name: 'assets-0', port: 8123, folder: charts });
    await startFlux(cluster, { controllers: ['source-controller', 'kustomize-controller'] });

    for (const [namespace, name] of [
      [NAMESPACES[0], 'system'],
      [NAMESPACES[1], 'apps'],
    ] as const) {
      await eventually(async () => (await readiness(cluster, 'helmrepository', namespace, name)).ready);
    }
  });
});

const kinds = ['RSA', 'P-256', 'P-384', 'P-521', 'Ed25519'] as const;

/** The user that the API server takes the holder of a certificate for. */
async function userAs(cert = '', key = ''): Promise<string> {
  const client = clusterAs(cluster.url, { cert, key, ca: [cluster.ca] }, 5000);
  try {
    return (await reviewIdentity(client)).name;
  } finally {
    client.close();
  }
}

/** A client certificate of a CA that `sign` refuses. */
async function signedAnyway({ certificate, key }: TestAuthority) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const [notBefore, notAfter] = [new Date(Date.now() - 300_000), new Date(Date.now() + 600_000)];
  const authority = { ...readCaKey(key), certificate: new X509Certificate(certificate), bundle: certificate };
  const content = { user: 'assets-reader', publicKey, algorithm: 'P-256', notBefore, notAfter } as const;
  return {
    certificate: await signCertificate(authority, content),
    key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  };
}

describe('Secrets that were signed offline', () => {
  test('are current for status, issue, renew and up, which change nothing and request no certificate', async () => {
    await expectUnchanged();
    const { code, stdout } = await cli('up');

    expect(code).toBe(0);
    const { issued }: UpResult = JSON.parse(stdout);
    expect(issued.map(({ unchanged }) => unchanged)).toEqual([true]);
    await expectUnchanged();
  });

  test('of another CA are refused by the API server: status reports this, and issue replaces them', async () => {
    const { certificate, key } = await makeAuthority();
    writeFileSync(join(folder, 'other.crt'), certificate);
    writeFileSync(join(folder, 'other.key'), key, { mode: 0o600 });
    await run(
      'eggtooth sign dist --ca-cert other.crt --ca-key other.key | kubectl apply --server-side --force-conflicts -f -',
    );

    const { code, stdout } = await cli('status');
    expect(code).toBe(1);
    expect(onlyItem<ReaderStatus>('status', { stdout }).problems).toEqual(
      NAMESPACES.map(
        (namespace) =>
          `Secret ${namespace}/assets-tls: the API server ${cluster.url} does not accept its certificate (401): another CA signed it`,
      ),
    );
    const issued = onlyItem<IssueResult>('issue', await cli('issue'));
    expect(issued).toMatchObject({ unchanged: false, csr: { name: expect.stringMatching(/^assets-reader-/) } });
    expect(await cli('status')).toMatchObject({ code: 0, stderr: '' });
  });

  test('are decrypted by the real kustomize-controller, and replaced through Git only, also for a new generation', async () => {
    await cluster.kubectl(['delete', 'secret', '-A', '-l', 'app.kubernetes.io/managed-by=eggtooth']);
    await cluster.kubectl(['delete', 'csr', '--all']);
    await cluster.kubectl(['create', 'namespace', 'flux-system']);
    await block('flux-key');
    const source = join(folder, 'source');
    mkdirSync(source);
    const registry = await startRegistry(cluster);
    const publish = async (tag: string) => {
      writeFileSync(join(source, 'secrets.sops.yaml'), read('secrets.sops.yaml'));
      await registry.push('secrets', tag, source);
      const repository = {
        apiVersion: 'source.toolkit.fluxcd.io/v1',
        kind: 'OCIRepository',
        metadata: { name: 'secrets', namespace: 'flux-system' },
        spec: { url: `oci://${registry.host}/secrets`, ref: { tag }, interval: '1h', insecure: true },
      };
      await cluster.apply([repository]);
    };
    await publish('1.0.0');
    writeFileSync(join(folder, 'kustomization.yaml'), codeBlock(PAGE, 'kustomization.yaml'));
    await cluster.apply(join(folder, 'kustomization.yaml'));
    await eventually(async () => (await readiness(cluster, 'kustomization', 'flux-system', 'secrets')).ready);

    await expectUnchanged();
    for (const [command, ...flags] of [['renew', '--force'], ['revoke']] as const) {
      const refused = await cli(command, ...flags);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain('is managed by Kustomization flux-system/secrets');
      expect(refused.stderr).toContain('code: ERR_EGGTOOTH_FOREIGN');
    }
    await expectUnchanged();

    // The next generation comes from Git too, and leaves the old certificate without permissions.
    const next = { url: cluster.url, readerDuration: Duration.days(30), readerGeneration: 2 };
    writeBundle(join(folder, 'dist/bundle.yaml'), bundleObjects(next));
    await block('cluster-api');
    await block('encrypt');
    await publish('2.0.0');
    await eventually(async () => {
      const { secrets } = onlyItem<ReaderStatus>('status', await cli('status'));
      return secrets.every(({ user }) => user === 'assets-reader:g2');
    });
    const { code, stdout, stderr } = await cli('up');
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout).issued).toMatchObject([{ user: 'assets-reader:g2', unchanged: true }]);
    await expectUnchanged();
    const rights = ['auth', 'can-i', 'get', 'pods/assets-0:8123', '--subresource=proxy', '-n', NAMESPACES[0], '--as'];
    const may = (user: string) =>
      cluster.kubectl([...rights, user]).then(
        () => true,
        () => false,
      );
    expect(await Promise.all(['assets-reader', 'assets-reader:g2'].map(may))).toEqual([false, true]);
  });

  test('of every CA that sign accepts are accepted by the API server, and those of a CA that it refuses are not', async () => {
    const server = new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]);
    const authorities = await Promise.all([
      ...kinds.map((kind) => makeAuthority({ kind })),
      makeAuthority({ kind: 'RSA', hash: 'SHA-1' }),
      makeAuthority({ extensions: [isCa] }),
      makeAuthority({ extensions: [new BasicConstraintsExtension(true, 0, true), signs] }),
      makeAuthority({ extensions: [isCa, signs, new ExtendedKeyUsageExtension(['2.5.29.37.0'])] }),
      makeAuthority({ subject: [{ O: ['Größe'], CN: ['kubernetes'] }] }),
    ]);
    const refused = await makeAuthority({ extensions: [isCa, signs, server] });
    // The API server reads the file again when it changes; the signer, which has the same one, would sign no longer.
    const all = [...authorities, refused].map(({ certificate }) => `\n${certificate}`).join('');
    appendFileSync(join(cluster.dir, 'client-ca.crt'), all);
    const chain = Chain.fromObjects(readBundle(join(folder, 'dist')));
    for (const { certificate: caCertificate, key: caKey } of authorities) {
      const [result] = await sign(chain, { caCertificate, caKey, duration: 600 });
      const held = result?.secrets[0] === undefined ? undefined : heldCertificate(result.secrets[0]);

      expect(await eventually(() => userAs(held?.certificate, held?.privateKey.revealPem()))).toBe(result?.user);
    }
    const signed = await signedAnyway(refused);
    await expect(userAs(signed.certificate, signed.key)).rejects.toMatchObject({ code: 'ERR_EGGTOOTH_UNAUTHORIZED' });
  });
});
