import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CA_ANNOTATION } from '../../src/chain/proxy-url';
import type { KubeObject } from '../../src/kubernetes/kube-object';
import { checkCertificate } from '../../src/pki/check-certificate';
import { PrivateKey } from '../../src/pki/private-key';
import type { IssueResult } from '../../src/signing/issue-result';
import type { SeenCall } from './support/api-proxy';
import { bundleObjects, writeBundle } from './support/bundle';
import { eggtooth, onlyItem, type Run } from './support/eggtooth';
import {
  forget,
  NAMESPACES,
  nameOf,
  type ProxiedStage,
  redirect,
  requestNames,
  secretsOf,
  startProxiedStage,
} from './support/proxied-stage';

let stage: ProxiedStage;
beforeAll(async () => {
  stage = await startProxiedStage();
});
afterAll(() => stage?.stop());
beforeEach(async () => {
  stage.proxy.reset();
  await forget(stage);
});

const issue = (flags: readonly string[] = [], kubeconfig = stage.kubeconfig, signal?: AbortSignal): Promise<Run> =>
  eggtooth(['issue', stage.bundle, '--kubeconfig', kubeconfig, '-o', 'json', ...flags], { signal });

/** Expects one error with what failed, the fix and the code, and without internals of the program. */
function expectOneError({ code, stdout, stderr }: Run, errorCode: string): void {
  expect(stderr.match(/^error: /gm)).toHaveLength(1);
  expect(stderr).toMatch(/\n {2}fix: \S/);
  expect(stderr).toMatch(new RegExp(`\n {2}code: ${errorCode}\n$`));
  expect(stderr).not.toMatch(/^\s+at |node:|internal error/m);
  expect(code).toBe(1);
  if (errorCode !== 'ERR_EGGTOOTH_VERIFICATION') expect(stdout).toBe('');
}

async function issueOk(): Promise<IssueResult> {
  const { code, stdout, stderr } = await issue();
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return onlyItem('issue', { stdout });
}

/** Expects that a second run completes the first, whatever that left, and that a third changes nothing. */
async function expectConvergence(): Promise<void> {
  stage.proxy.interfere();
  const second = await issueOk();
  expect(second.checks.filter(({ ok }) => !ok)).toEqual([]);
  const secrets = await secretsOf(stage);
  expect(secrets.map(({ metadata }) => metadata.namespace).sort()).toEqual([...NAMESPACES].sort());
  for (const { data, metadata } of secrets) {
    expect(data).toEqual(secrets[0]?.data);
    expect(metadata.annotations['eggtooth.dev/fingerprint']).toBe(second.fingerprint);
  }
  const decode = (key: string) => Buffer.from(secrets[0]?.data[key] ?? '', 'base64').toString('utf8');
  const privateKey = PrivateKey.fromPem(decode('tls.key')).toKeyObject();
  const { fingerprint } = checkCertificate(decode('tls.crt'), { user: 'assets-reader', privateKey });
  expect(fingerprint).toBe(second.fingerprint);
  expect(decode('ca.crt').trim()).toBe(stage.proxy.ca.trim());

  const third = await issueOk();
  expect(third).toEqual({ ...second, unchanged: true });
}

describe('issue fails without writing a Secret when the API server', () => {
  test('is down', async () => {
    const port = await freePort();
    const kubeconfig = redirect(stage.kubeconfig, { url: `https://127.0.0.1:${port}`, ca: stage.proxy.ca });

    const run = await issue([], kubeconfig);

    expectOneError(run, 'ERR_EGGTOOTH_UNREACHABLE');
    expect(run.stderr).toContain(`the API server https://127.0.0.1:${port} is unreachable (ECONNREFUSED)`);
  });

  test('does not answer within --timeout', async () => {
    let firstCall: number | undefined;
    stage.proxy.interfere(() => {
      firstCall ??= Date.now();
      return 'hold';
    });

    const run = await issue(['--timeout', '1s']);

    expectOneError(run, 'ERR_EGGTOOTH_UNREACHABLE');
    expect(run.stderr).toContain(`the API server ${stage.proxy.url} did not answer in time`);
    expect(Date.now() - (firstCall ?? 0)).toBeLessThan(8_000);
    expect(await secretsOf(stage)).toEqual([]);
  });

  test('closes every connection', async () => {
    stage.proxy.interfere(() => 'drop');

    const run = await issue();

    expectOneError(run, 'ERR_EGGTOOTH_UNREACHABLE');
    expect(run.stderr).toMatch(/^error: (Secret|RoleBinding) eggtooth-\w+\/assets-\w+: cannot read .*: the API server/);
    expect(run.stderr).toContain('is unreachable (ECONNRESET)');
    expect(await secretsOf(stage)).toEqual([]);
  });

  test('has a certificate of another CA', async () => {
    const kubeconfig = redirect(stage.kubeconfig, { url: stage.proxy.url, ca: stage.cluster.ca });

    expectOneError(await issue([], kubeconfig), 'ERR_EGGTOOTH_CA');
    expect(stage.proxy.calls).toEqual([]);
  });
});

test('issue succeeds when every answer is slow', async () => {
  stage.proxy.interfere((_, moment) => (moment === 'before' ? later(100) : 'pass'));

  expect((await issueOk()).unchanged).toBe(false);
});

describe('issue writes no Secret when the CA in the bundle did not sign the certificate of the API server', () => {
  test.each([
    ['by default', {}],
    ['with NODE_TLS_REJECT_UNAUTHORIZED=0', { NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_NO_WARNINGS: '1' }],
  ])('%s', async (_, env) => {
    const objects = bundleObjects({ url: stage.proxy.url }).map((object) =>
      object.kind === 'HelmRepository' ? annotated(object, { [CA_ANNOTATION]: stage.cluster.ca }) : object,
    );
    const bundle = writeBundle(join(stage.cluster.dir, 'other-ca.yaml'), objects);

    const run = await eggtooth(['issue', bundle, '--kubeconfig', stage.kubeconfig], { env });

    expectOneError(run, 'ERR_EGGTOOTH_CA');
    expect(run.stderr).toContain(`the certificate of ${stage.proxy.url} is not trusted`);
    expect(await secretsOf(stage)).toEqual([]);
  });
});

/** The calls of a first run of issue, by name and by their number among the calls of that name. */
const CALLS: readonly (readonly [name: string, n: number])[] = [
  ['read Secret eggtooth-system', 1],
  ['read Secret eggtooth-shop', 1],
  ['read whom it binds', 1],
  ['try to write Secret eggtooth-system', 1],
  ['try to write Secret eggtooth-shop', 1],
  ['try to request reconciliation eggtooth-system', 1],
  ['try to request reconciliation eggtooth-shop', 1],
  ['create the request', 1],
  ['read the request', 1],
  ['approve the request', 1],
  ['read the request', 2],
  ['ask whose certificate it is', 1],
  ['write Secret eggtooth-system', 1],
  ['write Secret eggtooth-shop', 1],
  ['request reconciliation eggtooth-system', 1],
  ['request reconciliation eggtooth-shop', 1],
  ['read index system', 1],
  ['read index apps', 1],
  ['try to list secrets', 1],
  ['try another pod', 1],
  ['ask what it may do', 1],
];
/** A call whose answer only warns. */
const WARNING = 'look for other readers';
const CHECKS = /whose certificate|index|list secrets|another pod|what it may do/;
const WRITES = /^(create|approve|write|request reconciliation)/;

test('a first run of issue makes the calls of this test, and no others', async () => {
  await issueOk();

  const seen = new Set(stage.proxy.calls.map(nameOf));
  expect([...seen].sort()).toEqual([...new Set([...CALLS.map(([name]) => name), WARNING])].sort());
});

test('issue succeeds when it cannot look for other readers', async () => {
  const isIt = fromNth(WARNING, 1);
  stage.proxy.interfere((call, now) => (now === 'before' && isIt(call) ? 'drop' : 'pass'));

  expect((await issueOk()).unchanged).toBe(false);
});

/** Returns a test for the calls of a name from the n-th on, which may be applied once to each call. */
function fromNth(name: string, n: number): (call: SeenCall) => boolean {
  let count = 0;
  return (call) => nameOf(call) === name && ++count >= n;
}

describe.each(['before', 'after'] as const)('the connection drops %s the API server handles the call', (moment) => {
  test.each(CALLS)('%s (%i): issue fails with one error, and the next run completes it', async (name, n) => {
    const isIt = fromNth(name, n);
    // A call that is made again drops again.
    stage.proxy.interfere((call, now) => (now === moment && isIt(call) ? 'drop' : 'pass'));

    const first = await issue();

    expectOneError(first, CHECKS.test(name) ? 'ERR_EGGTOOTH_VERIFICATION' : 'ERR_EGGTOOTH_UNREACHABLE');
    await expectConvergence();
  });
});

describe.each(['before', 'after'] as const)('SIGKILL %s the API server handles the call', (moment) => {
  test.each(CALLS.filter(([name]) => WRITES.test(name)))('%s (%i): the next run completes issue', async (name, n) => {
    const isIt = fromNth(name, n);
    const kill = new AbortController();
    stage.proxy.interfere(async (call, now) => {
      if (now !== moment || !isIt(call)) return 'pass';
      kill.abort();
      await first;
      return 'drop';
    });
    const first: Promise<Run> = issue([], stage.kubeconfig, kill.signal);

    expect(await first).toMatchObject({ code: null, stdout: '', stderr: '' });
    await expectConvergence();
  });
});

test('issue repeats calls whose idle connection was closed', async () => {
  const names = ['try to write Secret eggtooth-shop', 'approve the request', 'read the request'];
  const dropped = new Set<string>();
  stage.proxy.interfere((call, moment) => {
    const name = nameOf(call);
    if (moment !== 'before' || !names.includes(name) || dropped.has(name)) return 'pass';
    dropped.add(name);
    return 'drop';
  });

  expect((await issueOk()).unchanged).toBe(false);
  expect([...dropped].sort()).toEqual([...names].sort());
});

test('two concurrent runs of issue succeed or fail with an error, and the next run completes them', async () => {
  const runs = await Promise.all([issue(), issue()]);

  expect(runs.map(({ stderr }) => stderr).join('')).not.toMatch(/internal error|^\s+at /m);
  await expectConvergence();
  expect((await requestNames(stage)).length).toBeLessThanOrEqual(3);
});

function annotated(object: KubeObject, annotations: Readonly<Record<string, string>>): KubeObject {
  return { ...object, metadata: { ...object.metadata, annotations } };
}

async function later(milliseconds: number): Promise<'pass'> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  return 'pass';
}

/** A port without a listener. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
