import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { PrivateKey } from '../../src/pki/private-key';
import { checkCertificate } from '../../src/signing';
import { eggtooth } from './support/eggtooth';
import { findKeys } from './support/key-forms';
import { forget, NAMESPACES, secretsOf } from './support/proxied-stage';
import { holderOf, requestObject, ShellPipeline } from './support/shell-pipeline';
import { type Stage, startStage } from './support/stage';

const INDEX = '/api/v1/namespaces/eggtooth-system/pods/assets-0:8123/proxy/repos/system/index.yaml';
const MALLORY = 'mallory';

let stage: Stage;
/** The administrator's. */
let shell: ShellPipeline;
/** Somebody who may create and delete requests, and nothing else. */
let mallory: ShellPipeline;
let malloryKubeconfig: string;
beforeAll(async () => {
  stage = await startStage();
  const rbac = { apiGroup: 'rbac.authorization.k8s.io' };
  const [apiVersion, metadata] = ['rbac.authorization.k8s.io/v1', { name: MALLORY }];
  const rule = {
    apiGroups: ['certificates.k8s.io'],
    resources: ['certificatesigningrequests'],
    verbs: ['create', 'get', 'list', 'watch', 'delete', 'patch'],
  };
  await stage.cluster.apply([
    { apiVersion, kind: 'ClusterRole', metadata, rules: [rule] },
    {
      apiVersion,
      kind: 'ClusterRoleBinding',
      metadata,
      roleRef: { ...rbac, kind: 'ClusterRole', name: MALLORY },
      subjects: [{ ...rbac, kind: 'User', name: MALLORY }],
    },
  ]);
  malloryKubeconfig = await stage.cluster.kubeconfigFor({ user: MALLORY });
  mallory = new ShellPipeline(stage.cluster, malloryKubeconfig);
  shell = new ShellPipeline(stage.cluster);
});
afterAll(() => stage?.stop());
beforeEach(() => forget(stage));

const kubectl = (...args: string[]) => stage.cluster.kubectl(args);
const asMallory = (...args: string[]) => kubectl('--kubeconfig', malloryKubeconfig, ...args);
const run = (command: string, ...args: string[]) =>
  eggtooth([command, stage.bundle, ...args, '--kubeconfig', stage.cluster.kubeconfig]);
const newKeyFile = () => join(mkdtempSync(join(stage.cluster.dir, 'keys-')), 'tls.key');

async function conditionsOf(name: string): Promise<readonly string[]> {
  const { status } = JSON.parse(await kubectl('get', 'csr', name, '-o', 'json'));
  return (status.conditions ?? []).map(({ type }: { type: string }) => type);
}

async function expectStrangerReads(certificate: string, key: string): Promise<void> {
  const { username, kubectl: own } = await holderOf(stage.cluster, certificate, key);
  expect(username).toBe('assets-reader');
  expect(await own('get', '--raw', INDEX)).toContain('entries:');
}

const requestOf = async (keyFile: string) => {
  const { stdout, code } = await run('request', '--key-out', keyFile, '-o', 'json');
  expect(code).toBe(0);
  return JSON.parse(stdout) as { readonly name: string; readonly sha256: string };
};

describe('A name that a stranger takes in advance', () => {
  test('makes the shell pipeline approve the key of the stranger, who then reads the charts', async () => {
    const stranger = mallory.keyAndRequest('/CN=assets-reader');
    await mallory.apply({ name: 'assets-reader', request: stranger.request });

    const mine = shell.keyAndRequest('/CN=assets-reader');
    const said = await shell.apply({ name: 'assets-reader', request: mine.request });
    await shell.approve('assets-reader');
    const certificate = await mallory.certificate('assets-reader');

    expect(said).toContain('configured');
    await expectStrangerReads(certificate, stranger.key);
  });

  test('does not affect issue, which uses a name of its own and approves nothing of the stranger', async () => {
    const stranger = mallory.keyAndRequest('/CN=assets-reader');
    const names = ['assets-reader', 'assets-tls'];
    for (const name of names) await mallory.apply({ name, request: stranger.request });

    expect(await run('issue')).toMatchObject({ code: 0 });

    for (const name of names) expect(await conditionsOf(name)).toEqual([]);
  });
});

describe('A request that a stranger recreates before its approval', () => {
  test('is approved by the shell pipeline, which approves whatever has the name', async () => {
    const mine = shell.keyAndRequest('/CN=assets-reader');
    await shell.apply({ name: 'assets-reader', request: mine.request });
    const stranger = mallory.keyAndRequest('/CN=assets-reader');
    await asMallory('delete', 'csr', 'assets-reader');
    await mallory.apply({ name: 'assets-reader', request: stranger.request });

    await shell.approve('assets-reader');

    await expectStrangerReads(await mallory.certificate('assets-reader'), stranger.key);
  });

  test('is refused by approve and by collect', async () => {
    const keyFile = newKeyFile();
    const { name, sha256 } = await requestOf(keyFile);
    const stranger = mallory.keyAndRequest('/CN=assets-reader');
    await asMallory('delete', 'csr', name);
    const usages = ['client auth', 'digital signature', 'key encipherment'];
    await mallory.apply({ name, request: stranger.request, usages });

    const approval = await run('approve', name, '--expect', sha256);
    expect(approval.stderr).toContain('code: ERR_EGGTOOTH_REQUEST_CHANGED');
    expect(approval).toMatchObject({ code: 1, stdout: '' });
    expect(await conditionsOf(name)).toEqual([]);

    await kubectl('certificate', 'approve', name);
    await mallory.certificate(name);
    const collected = await run('collect', '--key', keyFile);
    expect(collected.stderr).toContain('is for another key than the one in the file');
    expect(collected.stderr).toContain('code: ERR_EGGTOOTH_REQUEST_CHANGED');
    expect(collected.code).toBe(1);
    expect(await secretsOf(stage)).toEqual([]);
  });
});

describe('A second run with the same name', () => {
  test('makes the shell pipeline write a certificate for another key without an error', async () => {
    const [first, second] = [shell.keyAndRequest('/CN=assets-reader'), shell.keyAndRequest('/CN=assets-reader')];
    await shell.issue({ name: 'assets-reader', request: first.request });

    const certificate = await shell.issue({ name: 'assets-reader', request: second.request });
    await shell.secret('eggtooth-system', 'assets-tls', certificate, second.key);

    const privateKey = PrivateKey.fromPem(second.key).toKeyObject();
    expect(() => checkCertificate(certificate, { user: 'assets-reader', privateKey })).toThrow('is for another key');
    expect(await secretsOf(stage)).toHaveLength(1);
  });

  test('cannot happen with issue, since another key has another name', async () => {
    const [one, other] = [await requestOf(newKeyFile()), await requestOf(newKeyFile())];
    expect(one.name).not.toBe(other.name);
    expect(await run('issue')).toMatchObject({ code: 0 });
    await kubectl('delete', 'secret', 'assets-tls', '-n', 'eggtooth-shop');
    expect(await run('issue')).toMatchObject({ code: 0 });
    expect(await run('status')).toMatchObject({ code: 0 });
  });
});

describe('A reader whose name contains more of a subject', () => {
  const NAME = 'assets-reader/O=system:nodes';

  test('makes the shell pipeline issue a certificate for a group', async () => {
    const { key, request } = shell.keyAndRequest(`/CN=${NAME}`);

    const certificate = await shell.issue({ name: 'assets-reader', request });

    const { username, groups } = await holderOf(stage.cluster, certificate, key);
    expect(username).toBe('assets-reader');
    expect(groups).toContain('system:nodes');
  });

  test.each([
    NAME,
    'assets-reader,O=system:nodes',
    '#0c06616c696365',
    'system:kube-controller-manager',
    'a+OU=b',
    'a\\,b',
  ])('is refused by every command before it submits anything: %s', async (name) => {
    const text = readFileSync(stage.bundle, 'utf8');
    const bundle = join(stage.cluster.dir, 'named.yaml');
    writeFileSync(bundle, text.replace(/(kind: User\n\s+name: )assets-reader$/m, `$1${JSON.stringify(name)}`));
    expect(readFileSync(bundle, 'utf8')).not.toBe(text);

    const runs = await Promise.all(
      [['issue'], ['request', '--key-out', newKeyFile()], ['approve', 'x'], ['status']].map(([command = '', ...rest]) =>
        eggtooth([command, bundle, ...rest, '--kubeconfig', stage.cluster.kubeconfig]),
      ),
    );

    for (const { code, stderr } of runs) {
      expect(stderr).toContain('code: ERR_EGGTOOTH_CHAIN');
      expect(code).toBe(1);
    }
    expect(await kubectl('get', 'csr', '-o', 'name')).toBe('');
  });
});

describe('A Secret that is applied', () => {
  test('has the key a second time in an annotation after kubectl apply', async () => {
    const { key, request } = shell.keyAndRequest('/CN=assets-reader');
    const certificate = await shell.issue({ name: 'assets-reader', request });
    const encode = (text: string) => Buffer.from(text).toString('base64');
    const data = { 'tls.crt': encode(certificate), 'tls.key': encode(key) };
    const metadata = { name: 'assets-tls', namespace: NAMESPACES[0] };
    const secret = { apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls', metadata, data };

    await stage.cluster.kubectl(['apply', '-f', '-'], JSON.stringify(secret));

    const [{ metadata: stored } = { metadata: {} }] = await secretsOf(stage);
    expect(JSON.stringify(stored)).toContain(encode(key));
  });

  test('has the key in its data only after collect', async () => {
    const keyFile = newKeyFile();
    const { name, sha256 } = await requestOf(keyFile);
    await run('approve', name, '--expect', sha256);
    expect(await run('collect', '--key', keyFile)).toMatchObject({ code: 0 });

    const key = Buffer.from(readFileSync(keyFile, 'utf8').replace(/-----.*-----|\n/g, ''), 'base64');
    const secrets = JSON.parse(await kubectl('get', 'secrets', '-A', '--show-managed-fields', '-o', 'json')).items;
    expect(findKeys(JSON.stringify(secrets), [key])).toContain('base64 of PEM');
    expect(findKeys(JSON.stringify(secrets.map(({ metadata }: { metadata: object }) => metadata)), [key])).toEqual([]);
    expect(findKeys(await kubectl('get', 'csr', '-o', 'json'), [key])).toEqual([]);
  });
});

describe('An approver who is shown another request than the intended one', () => {
  test('approves it with kubectl, which takes only a name', async () => {
    const stranger = mallory.keyAndRequest('/CN=assets-reader');
    await mallory.apply({ name: 'assets-reader-1f2e3d4c5b', request: stranger.request });

    await shell.approve('assets-reader-1f2e3d4c5b');

    await expectStrangerReads(await mallory.certificate('assets-reader-1f2e3d4c5b'), stranger.key);
  });

  test('is stopped by --expect, and without it must confirm what is printed', async () => {
    const { sha256 } = await requestOf(newKeyFile());
    const stranger = mallory.keyAndRequest('/CN=assets-reader');
    const name = 'assets-reader-1f2e3d4c5b';
    const usages = ['client auth', 'digital signature', 'key encipherment'];
    await asMallory('create', '-f', await fileOf(requestObject({ name, request: stranger.request, usages })));

    const expected = await run('approve', name, '--expect', sha256);
    const looked = await run('approve', name);

    expect(expected.stderr).toContain('code: ERR_EGGTOOTH_REQUEST_CHANGED');
    expect(looked.stdout).toContain(`requested by ${MALLORY}, `);
    expect([expected.code, looked.code]).toEqual([1, 2]);
    expect(await conditionsOf(name)).toEqual([]);
  });
});

async function fileOf(object: object): Promise<string> {
  const file = join(mkdtempSync(join(stage.cluster.dir, 'object-')), 'object.json');
  writeFileSync(file, JSON.stringify(object));
  return file;
}
