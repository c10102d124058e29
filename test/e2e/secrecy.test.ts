import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createRequest } from '../../src/signing';
import { requestManifest } from '../../src/signing/request/submit-request';
import { eventually } from '../../tools/control-plane';
import type { SeenCall } from './support/api-proxy';
import { eggtooth, type Run } from './support/eggtooth';
import { findKeys, formsOf } from './support/key-forms';
import { isCreateRefused, refuse } from './support/policy';
import { forget, nameOf, type ProxiedStage, redirect, secretsOf, startProxiedStage } from './support/proxied-stage';

/** A run with everything through which it could leak the key. */
interface WatchedRun extends Run {
  /** Every private key that the process created, PKCS #8. */
  readonly created: readonly Buffer[];
  /** Files that it wrote below its working folder, its home and its temporary folder. */
  readonly files: ReadonlyMap<string, string>;
  readonly calls: readonly SeenCall[];
}

let stage: ProxiedStage;
beforeAll(async () => {
  stage = await startProxiedStage();
});
afterAll(() => stage?.stop());

async function watch(args: readonly string[]): Promise<WatchedRun> {
  const folder = mkdtempSync(join(tmpdir(), 'eggtooth-secrecy-'));
  const spy = join(mkdtempSync(join(tmpdir(), 'eggtooth-spy-')), 'keys');
  const places = Object.fromEntries(['HOME', 'TMPDIR', 'XDG_CACHE_HOME'].map((name) => [name, folder]));
  const NODE_OPTIONS = `--require ${resolve('test/e2e/support/key-spy.cjs')}`;
  const run = await eggtooth(args, { cwd: folder, env: { ...places, NODE_OPTIONS, KEY_SPY_FILE: spy } });
  const lines = existsSync(spy) ? readFileSync(spy, 'utf8').trim().split('\n') : [];
  const calls = [...stage.proxy.calls];
  stage.proxy.reset();
  return { ...run, calls, files: filesIn(folder), created: lines.map((line) => Buffer.from(line, 'base64')) };
}

function filesIn(folder: string): ReadonlyMap<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => statSync(join(folder, name)).isFile());
  return new Map(files.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

const issue = (...flags: string[]) => watch(['issue', stage.bundle, '--kubeconfig', stage.kubeconfig, ...flags]);
const writesSecret = (call: SeenCall) => nameOf(call).startsWith('write Secret');

/** Every place where one of the keys is and must not be. */
function leaks({ stdout, stderr, files, calls }: WatchedRun, keys: readonly Buffer[]): readonly string[] {
  const sent = calls
    .filter((call) => !writesSecret(call))
    .map((call): [string, string] => [nameOf(call), [call.path, call.query, call.headers, call.body].join('\n')]);
  const headers = calls.filter(writesSecret).map(({ path, query, headers }) => [path, query, headers].join('\n'));
  return [
    ['stdout', stdout],
    ['stderr', stderr],
    ['headers of the write', headers.join('\n')],
    ...Array.from(files),
    ...sent,
  ].flatMap(([place = '', text = '']) => findKeys(text, keys).map((form) => `${form} in ${place}`));
}

/** The keys in the Secrets of the cluster. */
async function storedKeys(): Promise<readonly Buffer[]> {
  const pems = (await secretsOf(stage)).map(({ data }) => Buffer.from(data['tls.key'] ?? '', 'base64').toString());
  return pems.map((pem) => Buffer.from(pem.replace(/-----.*?-----|\s/g, ''), 'base64'));
}

describe('findKeys finds (positive control)', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = privateKey.export({ format: 'der', type: 'pkcs8' });
  const nothing: WatchedRun = { code: 0, stdout: '', stderr: '', created: [], files: new Map(), calls: [] };

  test.each(Array.from(formsOf(key)))('%s', (name, form) => {
    expect(findKeys(`before ${form} after`, [key])).toContain(name);
    expect(findKeys(`<${form.slice(1)}>`, [key])).not.toContain(name);
  });

  test.each([
    ['JSON of the PEM', (pem: string) => JSON.stringify({ pem })],
    ['base64 of JSON of the PEM', (pem: string) => Buffer.from(JSON.stringify({ pem })).toString('base64')],
    ['hex with colons', () => key.toString('hex').replace(/../g, '$&:').toUpperCase()],
    ['another DER around the number', () => privateKey.export({ format: 'der', type: 'sec1' }).toString('base64')],
    ['a JWK', () => JSON.stringify(privateKey.export({ format: 'jwk' }))],
  ])('%s', (_, write) => {
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    const text = write(pem);

    expect(findKeys(text, [key])).not.toEqual([]);
    expect(leaks({ ...nothing, stderr: text }, [key])).not.toEqual([]);
    expect(leaks({ ...nothing, files: new Map([['trace', text]]) }, [key])).not.toEqual([]);
    const call = { method: 'POST', path: '/apis/certificates.k8s.io/v1/certificatesigningrequests', headers: '' };
    expect(leaks({ ...nothing, calls: [{ ...call, query: new URLSearchParams(), body: text }] }, [key])).not.toEqual(
      [],
    );
  });
});

describe('issue', () => {
  beforeEach(() => forget(stage));

  test.each(['P-256', 'RSA', 'Ed25519'])('sends a key of kind %s only in the writes of the Secrets', async (kind) => {
    const run = await issue('--key-algorithm', kind);

    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.created).toHaveLength(1);
    expect(leaks(run, run.created)).toEqual([]);
    const writes = run.calls.filter(writesSecret);
    expect(writes).toHaveLength(2);
    for (const { body } of writes) expect(findKeys(body, run.created)).toContain('base64 of PEM');
    expect(await storedKeys()).toEqual([run.created[0], run.created[0]]);
    expect([...run.files.keys()]).toEqual([]);
  });

  test('leaves the key only in the data of the Secrets', async () => {
    const { created } = await issue();
    const kinds = 'csr,helmrepositories,events,configmaps,pods,statefulsets';
    const others = await stage.cluster.kubectl(['get', kinds, '-A', '--show-managed-fields', '-o', 'json']);
    const secrets = await stage.cluster.kubectl(['get', 'secrets', '-A', '--show-managed-fields', '-o', 'json']);
    const metadata = JSON.parse(secrets).items.map((item: { metadata: object }) => item.metadata);

    expect(findKeys(secrets, created)).toContain('base64 of PEM');
    expect(findKeys(others, created)).toEqual([]);
    expect(findKeys(JSON.stringify(metadata), created)).toEqual([]);
  });

  test.each([[['-o', 'json']], [['-o', 'yaml']], [[]]])(
    'leaks nothing of the stored key when it runs again with %j',
    async (flags) => {
      await issue();
      const run = await issue(...flags);

      expect(run).toMatchObject({ code: 0, created: [] });
      expect(run.calls.filter(({ method }) => method === 'PATCH')).toEqual([]);
      expect(leaks(run, await storedKeys())).toEqual([]);
    },
  );
});

describe('issue --dry-run', () => {
  beforeEach(() => forget(stage));

  test.each(['json', 'yaml'])('prints and sends nothing of a key with -o %s', async (format) => {
    const run = await issue('--dry-run', '-o', format);

    expect(run.code).toBe(0);
    expect(run.created).toHaveLength(1);
    expect(leaks(run, run.created)).toEqual([]);
    expect(run.calls.filter(({ method }) => method !== 'GET')).toEqual([]);
  });
});

describe('csr', () => {
  test.each(['P-256', 'RSA', 'Ed25519'])('writes a key of kind %s only to --key-out', async (kind) => {
    const run = await watch(['csr', stage.bundle, '--key-out', 'tls.key', '--key-algorithm', kind]);

    expect(run).toMatchObject({ code: 0, stderr: '', calls: [] });
    expect(run.created).toHaveLength(1);
    expect(findKeys(run.files.get('tls.key') ?? '', run.created)).toContain('PEM');
    expect(leaks({ ...run, files: new Map() }, run.created)).toEqual([]);
    expect([...run.files.keys()]).toEqual(['tls.key']);
  });

  test('leaks nothing when it cannot write its key', async () => {
    const run = await watch(['csr', stage.bundle, '--key-out', 'missing/tls.key']);

    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(run.created).toHaveLength(1);
    expect(leaks(run, run.created)).toEqual([]);
  });
});

describe('request, approve and collect', () => {
  beforeEach(() => forget(stage));

  test('send the key only in the writes of the Secrets', async () => {
    const keyFile = join(mkdtempSync(join(stage.cluster.dir, 'keys-')), 'tls.key');
    const run = (command: string, ...args: string[]) =>
      watch([command, stage.bundle, ...args, '--kubeconfig', stage.kubeconfig]);

    const request = await run('request', '--key-out', keyFile, '-o', 'json');
    const { name, sha256 } = JSON.parse(request.stdout);
    const approval = await run('approve', name, '--expect', sha256);
    const collected = await run('collect', '--key', keyFile);

    for (const one of [request, approval, collected]) {
      expect(one.code).toBe(0);
      expect(leaks(one, request.created)).toEqual([]);
      expect([...one.files.keys()]).toEqual([]);
    }
    expect([request, approval, collected].map(({ created }) => created.length)).toEqual([1, 0, 0]);
    expect(collected.calls.filter(writesSecret)).toHaveLength(2);
    expect(await storedKeys()).toEqual([request.created[0], request.created[0]]);
  });
});

describe('issue leaks nothing of the key', () => {
  beforeEach(() => forget(stage));

  const expectSecrecy = (run: WatchedRun, error: string) => {
    expect(run.stderr).toContain(error);
    expect(run.code).toBe(1);
    expect(run.created).toHaveLength(1);
    expect(leaks(run, run.created)).toEqual([]);
  };

  test.each([
    ['the key in the refusal of the Secret', echoKeys, 'cannot write the Secret'],
    ['the request in its refusal', echoRequests, 'cannot create the CertificateSigningRequest'],
  ])('when the API server echoes %s', async (_, echo, error) => {
    const giveUp = await echo();
    try {
      const run = await issue();

      expectSecrecy(run, error);
      const [refusal = ''] = run.calls
        .map(({ answer = '' }) => answer)
        .filter((answer) => answer.includes('refused: '));
      expect(findKeys(refusal, run.created)).toEqual(
        echo === echoKeys ? expect.arrayContaining(['base64 of PEM']) : [],
      );
      expect(run.stderr).not.toContain('refused: ');
    } finally {
      await giveUp();
    }
  });

  test('when a write is forbidden', async () => {
    const kubeconfig = await readerKubeconfig();
    const run = await watch(['issue', stage.bundle, '--kubeconfig', kubeconfig]);

    expectSecrecy(run, 'code: ERR_EGGTOOTH_FORBIDDEN');
  });

  test.each([
    'create the request',
    'approve the request',
    'read the request',
    'ask whose certificate it is',
    'write Secret eggtooth-shop',
    'request reconciliation eggtooth-system',
    'read index apps',
  ])('when the connection is dropped: %s', async (name) => {
    stage.proxy.interfere((call, moment) => (moment === 'after' && nameOf(call) === name ? 'drop' : 'pass'));

    expectSecrecy(await issue(), 'code: ERR_EGGTOOTH_');
  });
});

/** Sets up an admission policy that refuses the Secret and repeats its key, as the worst webhook could. */
function echoKeys(): Promise<() => Promise<void>> {
  const policy = {
    name: 'echo-keys',
    apiGroup: '',
    resource: 'secrets',
    expression: "object.metadata.name != 'assets-tls' || size(object.data['tls.key']) == 0",
    messageExpression: "'refused: ' + object.data['tls.key']",
  };
  const metadata = { name: 'assets-tls', namespace: 'default' };
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata, data: { 'tls.key': 'eA==' } };
  return refuse(stage.cluster, policy, () => isCreateRefused(stage.cluster, secret));
}

/** Sets up an admission policy that refuses every CertificateSigningRequest and repeats its request. */
async function echoRequests(): Promise<() => Promise<void>> {
  const policy = {
    name: 'echo-requests',
    apiGroup: 'certificates.k8s.io',
    resource: 'certificatesigningrequests',
    expression: 'false',
    messageExpression: "'refused: ' + object.spec.request",
  };
  const manifest = requestManifest(await createRequest({ user: 'reader' }));
  return refuse(stage.cluster, policy, () => isCreateRefused(stage.cluster, manifest));
}

/** A kubeconfig, through the proxy, of somebody who may read everything and write nothing. */
async function readerKubeconfig(): Promise<string> {
  const user = 'reads-all';
  const rbac = { apiGroup: 'rbac.authorization.k8s.io' };
  const apiVersion = `${rbac.apiGroup}/v1`;
  const metadata = { name: user };
  await stage.cluster.apply([
    { apiVersion, kind: 'ClusterRole', metadata, rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['get'] }] },
    {
      apiVersion,
      kind: 'ClusterRoleBinding',
      metadata,
      roleRef: { ...rbac, kind: 'ClusterRole', name: user },
      subjects: [{ ...rbac, kind: 'User', name: user }],
    },
  ]);
  const get = ['auth', 'can-i', 'get', 'secrets', '-n', 'eggtooth-system', '--as', user];
  await eventually(() => stage.cluster.kubectl(get));
  return redirect(await stage.cluster.kubeconfigFor({ user }), stage.proxy);
}
