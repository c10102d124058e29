import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Cluster as Client } from '../../src/cluster/cluster';
import { ClusterObjects } from '../../src/cluster/cluster-objects';
import { clusterFromKubeconfig } from '../../src/cluster/kubeconfig';
import { EggtoothError } from '../../src/errors';
import { helmRepositoryGvk } from '../../src/kubernetes/flux';
import type { ObjectReference } from '../../src/kubernetes/kube-object';
import type { IssueResult } from '../../src/signing/issue-result';
import { eventually } from '../../tools/control-plane';
import { parseOutput } from '../support/outputs';
import { eggtooth } from './support/eggtooth';
import { findKeys } from './support/key-forms';
import { forget, requestNames, secretsOf } from './support/proxied-stage';
import { readRights, takeAway } from './support/rights';
import { expectError, REQUESTER, REQUESTER_RIGHTS, startTwoPeople, type TwoPeople } from './support/two-people';

let people: TwoPeople;
beforeAll(async () => {
  people = await startTwoPeople();
});
afterAll(() => people?.stage.stop());
beforeEach(() => forget(people.stage));

describe('Two people', () => {
  test('request, approve and collect a certificate, each with only their own permissions', async () => {
    const keyFile = people.newKeyFile();

    const open = await people.requested(keyFile, '--duration', '24h');
    const approval = await people.approve(open.name, '--expect', open.sha256, '--duration', '24h', '-o', 'json');
    const collected = await people.collect(keyFile, '-o', 'json');

    expect(approval).toMatchObject({ code: 0, stderr: '' });
    expect(parseOutput('approve', approval)).toEqual({ ...open, state: 'approved' });
    expect(collected.code).toBe(0);
    const result = parseOutput<IssueResult>('collect', collected);
    expect(result).toMatchObject({ user: 'assets-reader', unchanged: false, csr: { name: open.name, uid: open.uid } });
    expect(result.checks.filter(({ ok }) => !ok)).toEqual([]);
    const secrets = await secretsOf(people.stage);
    expect(secrets).toHaveLength(2);
    const key = readFileSync(keyFile, 'utf8');
    expect(key).toMatch(/^expirationSeconds: 86400\n-----BEGIN/);
    for (const { data } of secrets) {
      const tlsKey = Buffer.from(data['tls.key'] ?? '', 'base64');
      expect(key).toBe(`expirationSeconds: 86400\n${tlsKey}requested: ${open.name}\n`);
    }
  });

  test.each(['RSA', 'Ed25519'])('do the same with a key of kind %s', async (kind) => {
    const keyFile = people.newKeyFile();
    const { name, sha256 } = await people.requested(keyFile, '--key-algorithm', kind);

    expect(await people.approve(name, '--expect', sha256)).toMatchObject({ code: 0 });
    expect(await people.collect(keyFile)).toMatchObject({ code: 0 });
  });

  test('approve and collect a request that csr created and kubectl applied', async () => {
    const keyFile = people.newKeyFile();
    const { stdout } = await eggtooth(['csr', people.stage.bundle, '--key-out', keyFile, '-o', 'json']);
    await people.stage.cluster.kubectl(['create', '-f', '-'], stdout);
    const { metadata } = JSON.parse(stdout);

    const sha256 = await people.digestOf(metadata.name);
    expect(await people.approve(metadata.name, '--expect', sha256)).toMatchObject({ code: 0 });
    expect(await people.collect(keyFile, metadata.name)).toMatchObject({ code: 0 });
  });
});

describe('request', () => {
  test('prints what to compare as the cluster stores it', async () => {
    const { stdout, stderr, code } = await people.request(people.newKeyFile(), '--duration', '1h');
    const [, name = ''] = /^name +(\S+)$/m.exec(stdout) ?? [];
    const object = JSON.parse(await people.kubectl('get', 'csr', name, '-o', 'json'));

    expect(code).toBe(0);
    expect(name).toMatch(/^assets-reader-[0-9a-f]{10}$/);
    expect(stdout).toContain(`\nuid          ${object.metadata.uid}\n`);
    expect(stdout).toContain('\nuser         assets-reader\n');
    expect(stdout).toContain(`\nsha-256      ${await people.digestOf(name)}\n`);
    expect(stdout).toContain('\nduration     3600 s\n');
    expect(stdout).toContain(`\nrequested by ${REQUESTER}, `);
    expect(stdout).toContain('\nstate        pending\n');
    expect(stderr).toContain(`next: within 24 h, somebody else runs: eggtooth approve ${name} --expect `);
  });

  test('writes the key to a file that only its owner may read, and prints and sends nothing of it', async () => {
    const keyFile = people.newKeyFile();
    const { stdout, stderr } = await people.request(keyFile);
    const key = Buffer.from(readFileSync(keyFile, 'utf8').replace(/-----.*-----|\n/g, ''), 'base64');

    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    expect(findKeys(readFileSync(keyFile, 'utf8'), [key])).toContain('PEM');
    expect(findKeys(stdout + stderr + (await people.kubectl('get', 'csr', '-o', 'json')), [key])).toEqual([]);
    expect(await secretsOf(people.stage)).toEqual([]);
  });

  test('finds the request of the same key file in every state and creates no other when it runs again', async () => {
    const keyFile = people.newKeyFile();
    const first = await people.requested(keyFile);
    const key = readFileSync(keyFile, 'utf8');

    expect(await people.requested(keyFile)).toEqual({ ...first, unchanged: true });
    expect(await people.approve(first.name, '--expect', first.sha256)).toMatchObject({ code: 0 });
    expect(await people.collect(keyFile)).toMatchObject({ code: 0 });
    expect(await people.requested(keyFile)).toEqual({ ...first, state: 'issued', unchanged: true });
    expect(readFileSync(keyFile, 'utf8')).toBe(key);
    expect(await requestNames(people.stage)).toHaveLength(1);
  });

  test('submits the request of an existing key that never reached the cluster', async () => {
    const keyFile = people.newKeyFile();
    const unreachable = join(people.stage.cluster.dir, 'unreachable.kubeconfig');
    writeFileSync(
      unreachable,
      readFileSync(people.requester, 'utf8').replaceAll(people.stage.cluster.url, 'https://127.0.0.1:1'),
    );
    const failed = await eggtooth(['request', people.stage.bundle, '--key-out', keyFile, '--kubeconfig', unreachable]);
    expectError(failed, 'ERR_EGGTOOTH_UNREACHABLE', 'is unreachable');
    expect(existsSync(keyFile)).toBe(false);
    expect(await eggtooth(['csr', people.stage.bundle, '--key-out', keyFile])).toMatchObject({ code: 0 });
    const key = readFileSync(keyFile, 'utf8');

    const { name, sha256, unchanged } = await people.requested(keyFile);
    expect(unchanged).toBe(false);
    expect(readFileSync(keyFile, 'utf8')).toBe(`${key}requested: ${name}\n`);
    expect(await people.approve(name, '--expect', sha256)).toMatchObject({ code: 0 });
    expect(await people.collect(keyFile)).toMatchObject({ code: 0 });
  });

  test('submits another request of an existing key when the old one was deleted', async () => {
    const keyFile = people.newKeyFile();
    const first = await people.requested(keyFile);
    await people.kubectl('delete', 'csr', first.name);

    const second = await people.requested(keyFile);

    expect(second).toMatchObject({ name: first.name, unchanged: false });
    expect(second.uid).not.toBe(first.uid);
  });

  test('keeps the duration of the first run for an existing key, and refuses another one', async () => {
    const keyFile = people.newKeyFile();
    const first = await people.requested(keyFile, '--duration', '2h');

    expect(await people.requested(keyFile)).toEqual({ ...first, unchanged: true });
    expect(await people.requested(keyFile, '--duration', '2h')).toEqual({ ...first, unchanged: true });
    expectError(
      await people.request(keyFile, '--duration', '3h'),
      'ERR_EGGTOOTH_OPTION',
      `the key file was written for 7200 s, not for 10800 s: ${keyFile}`,
      2,
    );
    await people.kubectl('delete', 'csr', first.name);
    await people.requested(keyFile);
    expect(await people.kubectl('get', 'csr', first.name, '-o', 'jsonpath={.spec.expirationSeconds}')).toBe('7200');
  });

  test.each([
    ['that holds no key', (file: string) => writeFileSync(file, 'mine', { mode: 0o600 }), 'holds no private key'],
    ['that others may read', (file: string) => writeFileSync(file, 'x', { mode: 0o644 }), 'may be read by others'],
    ['that is a link', (file: string) => symlinkSync('/dev/null', file), 'is a symbolic link'],
    [
      'with a key on another curve',
      (file: string) => writeFileSync(file, otherCurve(), { mode: 0o600 }),
      'holds a key of kind secp384r1',
    ],
  ])('refuses and does not change a key file %s', async (_, make, says) => {
    const keyFile = people.newKeyFile();
    make(keyFile);
    const before = readFileSync(keyFile, 'utf8');

    expectError(await people.request(keyFile), 'ERR_EGGTOOTH_FILE', says);
    expect(readFileSync(keyFile, 'utf8')).toBe(before);
    expect(await requestNames(people.stage)).toEqual([]);
  });

  test('reports that a request of an existing key was denied', async () => {
    const keyFile = people.newKeyFile();
    const { name } = await people.requested(keyFile);
    await people.kubectl('certificate', 'deny', name);

    expectError(await people.request(keyFile), 'ERR_EGGTOOTH_DENIED', 'the request was denied (KubectlDeny)');
  });
});

describe('collect', () => {
  test('reports at once who has to approve when nobody has, and writes nothing', async () => {
    const keyFile = people.newKeyFile();
    const { name } = await people.requested(keyFile);
    const start = Date.now();

    const run = await people.collect(keyFile);

    expectError(run, 'ERR_EGGTOOTH_NOT_APPROVED', `CertificateSigningRequest ${name}: is not approved yet`);
    expect(run.stderr).toContain(
      `fix: ask somebody who may approve for kubernetes.io/kube-apiserver-client to run: eggtooth approve ${name}`,
    );
    expect(Date.now() - start).toBeLessThan(10_000);
    expect(await secretsOf(people.stage)).toEqual([]);
  });

  test('writes nothing when it runs a second time', async () => {
    const keyFile = people.newKeyFile();
    const { name, sha256 } = await people.requested(keyFile);
    await people.approve(name, '--expect', sha256);
    const first = JSON.parse((await people.collect(keyFile, '-o', 'json')).stdout);
    const versions = (await secretsOf(people.stage)).map(({ metadata }) => metadata.resourceVersion);

    const { code, stdout } = await people.collect(keyFile, '-o', 'json');

    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ ...first, unchanged: true });
    expect((await secretsOf(people.stage)).map(({ metadata }) => metadata.resourceVersion)).toEqual(versions);
  });

  test('writes no Secret unless it may write all of them', async () => {
    const keyFile = people.newKeyFile();
    const { name, sha256 } = await people.requested(keyFile);
    await people.approve(name, '--expect', sha256);
    const rights = readRights(REQUESTER_RIGHTS).filter((right) =>
      right.name.startsWith('create secrets eggtooth-shop'),
    );
    expect(rights).toHaveLength(1);
    const giveBack = await takeAway(people.stage.cluster, REQUESTER, rights);
    try {
      expectError(await people.collect(keyFile), 'ERR_EGGTOOTH_FORBIDDEN', 'Secret eggtooth-shop/assets-tls');
      expect(await secretsOf(people.stage)).toEqual([]);
    } finally {
      await giveBack();
    }
    expect(await people.collect(keyFile)).toMatchObject({ code: 0 });
  });

  test('tells apart a request that was denied, deleted by somebody, or deleted by the cluster', async () => {
    const keyFile = people.newKeyFile();
    const { name } = await people.requested(keyFile);
    await people.kubectl('certificate', 'deny', name);
    expectError(await people.collect(keyFile), 'ERR_EGGTOOTH_DENIED', 'the request was denied (KubectlDeny)');
    await people.kubectl('delete', 'csr', name);
    expectError(await people.collect(keyFile), 'ERR_EGGTOOTH_REQUEST_DELETED', `${name}: the request of `);
    const hours = new Date(Date.now() - 2 * 3_600_000);
    utimesSync(keyFile, hours, hours);
    expectError(
      await people.collect(keyFile),
      'ERR_EGGTOOTH_REQUEST_EXPIRED',
      'the cluster deletes a request 1 h after',
    );
  });

  test('says of a request that was never created that there is none, whichever way it is named', async () => {
    const keyFile = people.newKeyFile();
    expect(await eggtooth(['csr', people.stage.bundle, '--key-out', keyFile])).toMatchObject({ code: 0 });

    for (const name of [[], ['assets-reader-0000000000']]) {
      const run = await people.collect(keyFile, ...name);
      expectError(run, 'ERR_EGGTOOTH_NOT_FOUND', 'there is no such request, and this key file knows of none');
      expect(run.stderr).toContain('fix: create it first');
    }
  });

  test('refuses to request for a user that was revoked', async () => {
    const { cluster } = people.stage;
    const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'assets-reader:g2' }];
    const patch = ['patch', 'rolebinding', 'assets-reader', '-n', 'eggtooth-system', '--type=merge', '-p'];
    await cluster.kubectl([...patch, JSON.stringify({ subjects })]);
    const keyFile = people.newKeyFile();
    try {
      const run = await eggtooth([
        'request',
        people.stage.bundle,
        '--key-out',
        keyFile,
        '--kubeconfig',
        cluster.kubeconfig,
      ]);

      expectError(run, 'ERR_EGGTOOTH_GENERATION', 'that user was revoked, or is being revoked');
      expect(existsSync(keyFile)).toBe(false);
    } finally {
      await cluster.kubectl([...patch, JSON.stringify({ subjects: [{ ...subjects[0], name: 'assets-reader' }] })]);
    }
  });

  test('refuses the request of another key', async () => {
    const [mine, other] = [people.newKeyFile(), people.newKeyFile()];
    await people.requested(mine);
    const { name, sha256 } = await people.requested(other);
    await people.approve(name, '--expect', sha256);

    expectError(
      await people.collect(mine, name),
      'ERR_EGGTOOTH_REQUEST_CHANGED',
      'is for another key than the one in the file',
    );
    expect(await secretsOf(people.stage)).toEqual([]);
  });

  test.each([
    [
      'a longer duration',
      ['--duration', '1h'],
      { expirationSeconds: 864_000 },
      'asks for 864000 s, and the key file says 3600 s',
    ],
    ['the default duration', ['--duration', '1h'], {}, 'asks for the default duration, and the key file says 3600 s'],
    ['a duration', [], { expirationSeconds: 864_000 }, 'asks for 864000 s, and the key file says the default duration'],
  ])('refuses a request that somebody has created again with %s', async (_, flags, more, says) => {
    const keyFile = people.newKeyFile();
    const { name } = await people.requested(keyFile, ...flags);
    await people.recreate(name, more);
    await people.kubectl('certificate', 'approve', name);

    for (const run of [await people.collect(keyFile), await people.request(keyFile)]) {
      expectError(run, 'ERR_EGGTOOTH_REQUEST_CHANGED', `${name}: ${says}`);
    }
    expect(await secretsOf(people.stage)).toEqual([]);
  });

  test('refuses a key file that does not exist or that others may read', async () => {
    const keyFile = people.newKeyFile();
    expectError(await people.collect(keyFile), 'ERR_EGGTOOTH_FILE', `the key file does not exist: ${keyFile}`);
    expect(existsSync(keyFile)).toBe(false);
    await people.requested(keyFile);
    chmodSync(keyFile, 0o640);
    expectError(await people.collect(keyFile), 'ERR_EGGTOOTH_FILE', 'may be read by others than its owner');
  });
});

/** A key on an unsupported curve. */
function otherCurve(): string {
  return generateKeyPairSync('ec', { namedCurve: 'P-384' })
    .privateKey.export({ format: 'pem', type: 'pkcs8' })
    .toString();
}

describe('The policy of the requester', () => {
  let client: Client;
  /** The policy that denies a patch of the requester. */
  const deniedBy = async (reference: ObjectReference, body: object, dryRun = false) => {
    const answer = new ClusterObjects(client).patch(reference, body, { dryRun });
    return answer.then(
      () => 'admitted',
      (error: unknown) => (error instanceof EggtoothError ? (error.deniedBy ?? error.problem) : String(error)),
    );
  };
  const repository = { ...helmRepositoryGvk, namespace: 'eggtooth-shop', name: 'apps' };
  const secret = { apiVersion: 'v1', kind: 'Secret', namespace: 'eggtooth-shop', name: 'assets-tls' };

  beforeAll(async () => {
    client = await clusterFromKubeconfig({ kubeconfig: people.requester });
    await eventually(async () => (await deniedBy(repository, { spec: { suspend: true } }, true)) !== 'admitted');
  });
  afterAll(() => client?.close());

  test('lets it request and collect, and change nothing else of a HelmRepository or a Secret', async () => {
    const keyFile = people.newKeyFile();
    const { name, sha256 } = await people.requested(keyFile);
    await people.approve(name, '--expect', sha256);
    expect(await people.collect(keyFile)).toMatchObject({ code: 0 });

    for (const [reference, body] of [
      [repository, { spec: { url: 'https://evil.example/charts' } }],
      [repository, { spec: { suspend: true } }],
      [repository, { metadata: { finalizers: ['example.org/stay'] } }],
      [repository, { metadata: { annotations: { 'eggtooth.dev/certificate-authority': 'x' } } }],
      [secret, { immutable: true }],
      [secret, { stringData: { password: 'x' } }],
      [secret, { metadata: { labels: { 'app.kubernetes.io/managed-by': 'Helm' } } }],
    ] as const) {
      expect(await deniedBy(reference, body), JSON.stringify(body)).toBe('eggtooth-requester');
    }
  });
});
