import { spawn } from 'node:child_process';
import { createHash, generateKeyPairSync } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { IssueResult } from '../../src/signing/issue';
import { eggtooth, type Run } from './support/eggtooth';
import { findKeys } from './support/key-forms';
import { forget, requestNames, secretsOf } from './support/proxied-stage';
import { readRights, takeAway } from './support/rights';
import { type Stage, startStage } from './support/stage';

const [REQUESTER, APPROVER] = ['certificate-requester', 'certificate-approver'];
const [REQUESTER_RIGHTS, APPROVER_RIGHTS] = ['test/fixtures/rbac/requester.yaml', 'test/fixtures/rbac/approver.yaml'];

/** What `request -o json` prints. */
interface Requested {
  readonly name: string;
  readonly uid: string;
  readonly user: string;
  readonly sha256: string;
  readonly state: string;
  readonly unchanged: boolean;
}

let stage: Stage;
let requester: string;
let approver: string;
beforeAll(async () => {
  stage = await startStage();
  await stage.cluster.apply(REQUESTER_RIGHTS);
  await stage.cluster.apply(APPROVER_RIGHTS);
  requester = await stage.cluster.kubeconfigFor({ user: REQUESTER });
  approver = await stage.cluster.kubeconfigFor({ user: APPROVER });
});
afterAll(() => stage?.stop());
beforeEach(() => forget(stage));

const kubectl = (...args: string[]) => stage.cluster.kubectl(args);
const newKeyFile = () => join(mkdtempSync(join(stage.cluster.dir, 'keys-')), 'tls.key');

const request = (keyFile: string, ...flags: string[]) =>
  eggtooth(['request', stage.bundle, '--key-out', keyFile, '--kubeconfig', requester, ...flags]);
const approve = (name: string, ...flags: string[]) =>
  eggtooth(['approve', stage.bundle, name, '--kubeconfig', approver, ...flags]);
const collect = (keyFile: string, ...rest: string[]) =>
  eggtooth(['collect', stage.bundle, '--key', keyFile, '--kubeconfig', requester, ...rest]);

async function requested(keyFile: string, ...flags: string[]): Promise<Requested> {
  const { code, stdout, stderr } = await request(keyFile, '-o', 'json', ...flags);
  expect(stderr).toMatch(/^next[:,] /);
  expect(code).toBe(0);
  return JSON.parse(stdout);
}

async function requestObject({ name }: Pick<Requested, 'name'>) {
  return JSON.parse(await kubectl('get', 'csr', name, '-o', 'json'));
}

async function conditionsOf(name: string): Promise<readonly string[]> {
  const { status } = await requestObject({ name });
  return (status.conditions ?? []).map(({ type }: { type: string }) => type);
}

function expectError({ code, stderr }: Run, errorCode: string, says: string, exitCode = 1): void {
  expect(stderr).toContain(says);
  expect(stderr.match(/^error: /gm)).toHaveLength(1);
  expect(stderr).toMatch(/\n {2}cure: \S/);
  expect(stderr).toMatch(new RegExp(`\n {2}code: ${errorCode}\n$`));
  expect(code).toBe(exitCode);
}

/** Runs approve on a terminal, on which somebody types. */
function approveOnTerminal(name: string, typed: string): Promise<Run> {
  const args = [resolve('lib/eggtooth.js'), 'approve', stage.bundle, name, '--kubeconfig', approver];
  const command = [process.execPath, ...args].map((word) => `'${word}'`).join(' ');
  return new Promise((settle, reject) => {
    const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null']);
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      if (stdout.includes('Type yes to approve: ')) child.stdin.end(typed);
    });
    child.stdin.on('error', () => {});
    child.on('error', reject);
    child.on('close', (code) => settle({ code, stdout, stderr: '' }));
  });
}

describe('two people', () => {
  it('request, approve and collect, neither with more than his own rights; Flux can read', async () => {
    const keyFile = newKeyFile();

    const open = await requested(keyFile, '--duration', '24h');
    const approval = await approve(open.name, '--expect', open.sha256, '--duration', '24h', '-o', 'json');
    const collected = await collect(keyFile, '-o', 'json');

    expect(approval).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(approval.stdout)).toEqual({ ...open, state: 'approved' });
    expect(collected.code).toBe(0);
    const result: IssueResult = JSON.parse(collected.stdout);
    expect(result).toMatchObject({ user: 'assets-reader', unchanged: false, csr: { name: open.name, uid: open.uid } });
    expect(result.proof.filter(({ ok }) => !ok)).toEqual([]);
    const secrets = await secretsOf(stage);
    expect(secrets).toHaveLength(2);
    const key = readFileSync(keyFile, 'utf8');
    for (const { data } of secrets) expect(Buffer.from(data['tls.key'] ?? '', 'base64').toString()).toBe(key);
  });

  it.each(['RSA', 'Ed25519'])('do the same with a %s key', async (kind) => {
    const keyFile = newKeyFile();
    const { name, sha256 } = await requested(keyFile, '--key-algorithm', kind);

    expect(await approve(name, '--expect', sha256)).toMatchObject({ code: 0 });
    expect(await collect(keyFile)).toMatchObject({ code: 0 });
  });

  it('take what csr made and kubectl applied, by its name', async () => {
    const keyFile = newKeyFile();
    const { stdout } = await eggtooth(['csr', stage.bundle, '--key-out', keyFile, '-o', 'json']);
    await stage.cluster.kubectl(['create', '-f', '-'], stdout);
    const { metadata } = JSON.parse(stdout);
    const bytes = Buffer.from(JSON.parse(stdout).spec.request, 'base64');

    const sha256 = createHash('sha256').update(bytes).digest('hex');
    expect(await approve(metadata.name, '--expect', sha256)).toMatchObject({ code: 0 });
    expect(await collect(keyFile, metadata.name)).toMatchObject({ code: 0 });
  });
});

describe('request', () => {
  it('prints what to compare, as the cluster has it', async () => {
    const { stdout, stderr, code } = await request(newKeyFile(), '--duration', '1h');
    const [, name = ''] = /^name +(\S+)$/m.exec(stdout) ?? [];
    const object = await requestObject({ name });

    expect(code).toBe(0);
    expect(name).toMatch(/^assets-reader-[0-9a-f]{10}$/);
    expect(stdout).toContain(`\nuid      ${object.metadata.uid}\n`);
    expect(stdout).toContain('\nuser     assets-reader\n');
    const bytes = Buffer.from(object.spec.request, 'base64');
    expect(stdout).toContain(`\nsha-256  ${createHash('sha256').update(bytes).digest('hex')}\n`);
    expect(stdout).toContain('\nlife     3600 s\n');
    expect(stdout).toContain(`\nmade by  ${REQUESTER}, `);
    expect(stdout).toContain('\nstate    pending\n');
    expect(stderr).toContain(`next: somebody else runs, within 24 h: eggtooth approve ${name} --expect `);
  });

  it('writes the key for its owner alone, and shows and sends nothing of it', async () => {
    const keyFile = newKeyFile();
    const { stdout, stderr } = await request(keyFile);
    const key = Buffer.from(readFileSync(keyFile, 'utf8').replace(/-----.*-----|\n/g, ''), 'base64');

    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    expect(findKeys(readFileSync(keyFile, 'utf8'), [key])).toContain('PEM');
    expect(findKeys(stdout + stderr + (await kubectl('get', 'csr', '-o', 'json')), [key])).toEqual([]);
    expect(await secretsOf(stage)).toEqual([]);
  });

  it('done again with the same file finds its request, however far that has come, and makes no other', async () => {
    const keyFile = newKeyFile();
    const first = await requested(keyFile);
    const key = readFileSync(keyFile, 'utf8');

    expect(await requested(keyFile)).toEqual({ ...first, unchanged: true });
    expect(await approve(first.name, '--expect', first.sha256)).toMatchObject({ code: 0 });
    expect(await collect(keyFile)).toMatchObject({ code: 0 });
    expect(await requested(keyFile)).toEqual({ ...first, state: 'issued', unchanged: true });
    expect(readFileSync(keyFile, 'utf8')).toBe(key);
    expect(await requestNames(stage)).toHaveLength(1);
  });

  it('goes on from a key whose request never came to the cluster', async () => {
    const keyFile = newKeyFile();
    const unreachable = join(stage.cluster.dir, 'unreachable.kubeconfig');
    writeFileSync(unreachable, readFileSync(requester, 'utf8').replaceAll(stage.cluster.url, 'https://127.0.0.1:1'));
    const failed = await eggtooth(['request', stage.bundle, '--key-out', keyFile, '--kubeconfig', unreachable]);
    const key = readFileSync(keyFile, 'utf8');

    expectError(failed, 'ERR_EGGTOOTH_UNREACHABLE', 'cannot create the CertificateSigningRequest');
    const { name, sha256, unchanged } = await requested(keyFile);
    expect(unchanged).toBe(false);
    expect(readFileSync(keyFile, 'utf8')).toBe(key);
    expect(await approve(name, '--expect', sha256)).toMatchObject({ code: 0 });
    expect(await collect(keyFile)).toMatchObject({ code: 0 });
  });

  it('makes a new request of the key when the old one was deleted', async () => {
    const keyFile = newKeyFile();
    const first = await requested(keyFile);
    await kubectl('delete', 'csr', first.name);

    const second = await requested(keyFile);

    expect(second).toMatchObject({ name: first.name, unchanged: false });
    expect(second.uid).not.toBe(first.uid);
  });

  it.each([
    ['that is none of a key', (file: string) => writeFileSync(file, 'mine', { mode: 0o600 }), 'holds no private key'],
    ['that others may read', (file: string) => writeFileSync(file, 'x', { mode: 0o644 }), 'may be read by others'],
    ['that is a link', (file: string) => symlinkSync('/dev/null', file), 'is a symbolic link'],
    [
      'with a key on another curve',
      (file: string) => writeFileSync(file, otherCurve(), { mode: 0o600 }),
      'holds a key of the kind secp384r1',
    ],
  ])('leaves a file alone %s', async (_, make, says) => {
    const keyFile = newKeyFile();
    make(keyFile);
    const before = readFileSync(keyFile, 'utf8');

    expectError(await request(keyFile), 'ERR_EGGTOOTH_FILE', says);
    expect(readFileSync(keyFile, 'utf8')).toBe(before);
    expect(await requestNames(stage)).toEqual([]);
  });

  it('of a denied one says that a denial is final', async () => {
    const keyFile = newKeyFile();
    const { name } = await requested(keyFile);
    await kubectl('certificate', 'deny', name);

    expectError(await request(keyFile), 'ERR_EGGTOOTH_DENIED', 'the request was denied (KubectlDeny)');
  });
});

describe('approve', () => {
  it('without a terminal and without --expect shows the request, exits 2 and approves nothing', async () => {
    const { name, sha256 } = await requested(newKeyFile());

    const run = await approve(name);

    expectError(run, 'ERR_EGGTOOTH_OPTION', 'nobody can be asked here', 2);
    expect(run.stdout).toContain(`sha-256  ${sha256}\n`);
    expect(await conditionsOf(name)).toEqual([]);
  });

  it('on a terminal shows the request, asks, and approves at a yes', async () => {
    const { name, sha256 } = await requested(newKeyFile());

    const { code, stdout } = await approveOnTerminal(name, 'yes\n');

    expect(stdout).toContain(`sha-256  ${sha256}`);
    expect(stdout).toMatch(/\napproved\r?\n$/);
    expect(code).toBe(0);
    expect(await conditionsOf(name)).toEqual(['Approved']);
  });

  it.each([
    ['a no', 'no\n'],
    ['Enter alone', '\n'],
    ['the end of the terminal', ''],
  ])('on a terminal approves nothing at %s', async (_, typed) => {
    const { name } = await requested(newKeyFile());

    const { code, stdout } = await approveOnTerminal(name, typed);

    expect(stdout).toContain('was not approved: the answer was not yes');
    expect(code).toBe(1);
    expect(await conditionsOf(name)).toEqual([]);
  });

  it('refuses a request with another hash than --expect', async () => {
    const { name, sha256 } = await requested(newKeyFile());

    const run = await approve(name, '--expect', sha256.replace(/./g, '0'));

    expectError(run, 'ERR_EGGTOOTH_REQUEST_CHANGED', `its SHA-256 is ${sha256}; it was not approved`);
    expect(run.stdout).toBe('');
    expect(await conditionsOf(name)).toEqual([]);
  });

  it.each([
    ['longer than --duration', ['--duration', '2h'], 'asks for 7200 s, not at most 3600 s'],
    ["as long as the cluster's", [], 'asks for as long a life as the cluster gives, not at most 3600 s'],
  ])('refuses a life %s', async (_, flags, says) => {
    const { name, sha256 } = await requested(newKeyFile(), ...flags);

    const run = await approve(name, '--expect', sha256, '--duration', '1h');

    expectError(run, 'ERR_EGGTOOTH_REQUEST', says);
    expect(await conditionsOf(name)).toEqual([]);
  });

  it('says so when it is approved already', async () => {
    const { name, sha256 } = await requested(newKeyFile());
    await kubectl('certificate', 'approve', name);

    expect(await approve(name, '--expect', sha256)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/approved before\n$/),
    });
  });

  it('says that there is no such request, and that it may be gone by now', async () => {
    expectError(await approve('nobody'), 'ERR_EGGTOOTH_NOT_FOUND', 'there is no request of this name');
    expectError(await approve('../../../../api/v1/secrets'), 'ERR_EGGTOOTH_FORBIDDEN', 'requests/..%2F..%2F..%2F..%2F');
  });

  it.each([
    ['no name', [], "missing required argument 'name'"],
    ['a hash that is none', ['x', '--expect', 'abc'], 'Write 64 digits of lower-case hex.'],
    ['three arguments', ['a', 'b', 'c'], 'there are too many arguments'],
  ])('with %s exits 2', async (_, args, says) => {
    const { code, stderr } = await eggtooth(['approve', ...args, '--kubeconfig', approver]);

    expect(stderr).toContain(says);
    expect(code).toBe(2);
  });
});

describe(`the rights of ${APPROVER_RIGHTS}`, () => {
  it('allow nothing of a Secret and no request', async () => {
    for (const verb of ['get', 'list', 'create', 'patch']) {
      expect(await kubectl('auth', 'can-i', verb, 'secrets', '-A', '--as', APPROVER).catch(String)).not.toMatch(/^yes/);
    }
    expect(await kubectl('auth', 'can-i', 'create', 'csr', '--as', APPROVER).catch(String)).not.toMatch(/^yes/);
  });

  it.each(readRights(APPROVER_RIGHTS).map((right) => [right.name, right] as const))(
    'are all needed: without %s nothing is approved',
    async (_, right) => {
      const { name, sha256 } = await requested(newKeyFile());
      const giveBack = await takeAway(stage.cluster, APPROVER, [right]);
      try {
        expectError(await approve(name, '--expect', sha256), 'ERR_EGGTOOTH_FORBIDDEN', `Request ${name}: cannot `);
        expect(await conditionsOf(name)).toEqual([]);
      } finally {
        await giveBack();
      }
    },
  );

  it('are not those of the requester, who cannot approve what he asked for', async () => {
    const { name, sha256 } = await requested(newKeyFile());

    const run = await eggtooth(['approve', stage.bundle, name, '--expect', sha256, '--kubeconfig', requester]);

    expectError(run, 'ERR_EGGTOOTH_FORBIDDEN', 'cannot approve the request');
    expect(await conditionsOf(name)).toEqual([]);
  });
});

describe('collect', () => {
  it('of a request that nobody approved says at once who has to, and writes nothing', async () => {
    const keyFile = newKeyFile();
    const { name } = await requested(keyFile);
    const start = Date.now();

    const run = await collect(keyFile);

    expectError(run, 'ERR_EGGTOOTH_NOT_APPROVED', `CertificateSigningRequest ${name}: is not approved yet`);
    expect(run.stderr).toContain(
      `cure: have somebody who may approve for kubernetes.io/kube-apiserver-client look at it: eggtooth approve ${name}`,
    );
    expect(Date.now() - start).toBeLessThan(10_000);
    expect(await secretsOf(stage)).toEqual([]);
  });

  it('done twice writes nothing the second time', async () => {
    const keyFile = newKeyFile();
    const { name, sha256 } = await requested(keyFile);
    await approve(name, '--expect', sha256);
    const first = JSON.parse((await collect(keyFile, '-o', 'json')).stdout);
    const versions = (await secretsOf(stage)).map(({ metadata }) => metadata.resourceVersion);

    const { code, stdout } = await collect(keyFile, '-o', 'json');

    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ ...first, unchanged: true });
    expect((await secretsOf(stage)).map(({ metadata }) => metadata.resourceVersion)).toEqual(versions);
  });

  it('writes no Secret if it may not write all of them', async () => {
    const keyFile = newKeyFile();
    const { name, sha256 } = await requested(keyFile);
    await approve(name, '--expect', sha256);
    const rights = readRights(REQUESTER_RIGHTS).filter((right) =>
      right.name.startsWith('create secrets eggtooth-shop'),
    );
    expect(rights).toHaveLength(1);
    const giveBack = await takeAway(stage.cluster, REQUESTER, rights);
    try {
      expectError(await collect(keyFile), 'ERR_EGGTOOTH_FORBIDDEN', 'Secret eggtooth-shop/assets-tls');
      expect(await secretsOf(stage)).toEqual([]);
    } finally {
      await giveBack();
    }
    expect(await collect(keyFile)).toMatchObject({ code: 0 });
  });

  it('says that the request was denied, deleted, or cleared away, each in its own words', async () => {
    const keyFile = newKeyFile();
    const { name } = await requested(keyFile);
    await kubectl('certificate', 'deny', name);
    expectError(await collect(keyFile), 'ERR_EGGTOOTH_DENIED', 'the request was denied (KubectlDeny)');
    await kubectl('delete', 'csr', name);
    expectError(await collect(keyFile), 'ERR_EGGTOOTH_REQUEST_DELETED', `${name}: the request of `);
    const hours = new Date(Date.now() - 2 * 3_600_000);
    utimesSync(keyFile, hours, hours);
    expectError(await collect(keyFile), 'ERR_EGGTOOTH_REQUEST_EXPIRED', 'the cluster clears one away 1 h after');
  });

  it('refuses the request of another key', async () => {
    const [mine, other] = [newKeyFile(), newKeyFile()];
    await requested(mine);
    const { name, sha256 } = await requested(other);
    await approve(name, '--expect', sha256);

    expectError(
      await collect(mine, name),
      'ERR_EGGTOOTH_REQUEST_CHANGED',
      'is for another key than the one in the file',
    );
    expect(await secretsOf(stage)).toEqual([]);
  });

  it('refuses a key file that is not there, or that others may read', async () => {
    const keyFile = newKeyFile();
    expectError(await collect(keyFile), 'ERR_EGGTOOTH_FILE', `there is no key file ${keyFile}`);
    expect(existsSync(keyFile)).toBe(false);
    await requested(keyFile);
    chmodSync(keyFile, 0o640);
    expectError(await collect(keyFile), 'ERR_EGGTOOTH_FILE', 'may be read by others than its owner');
  });
});

/** A key on a curve that is not used here. */
function otherCurve(): string {
  return generateKeyPairSync('ec', { namedCurve: 'P-384' })
    .privateKey.export({ format: 'pem', type: 'pkcs8' })
    .toString();
}
