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

/** One error for people: what failed, the fix and the code; nothing of the program's inside. */
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

/** A second run ends well, whatever the first one left, and a third one finds nothing to do. */
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

describe('the API server cannot be reached', () => {
  test('down: the connection is refused, nothing is written', async () => {
    const port = await freePort();
    const kubeconfig = redirect(stage.kubeconfig, { url: `https://127.0.0.1:${port}`, ca: stage.proxy.ca });

    const run = await issue([], kubeconfig);

    expectOneError(run, 'ERR_EGGTOOTH_UNREACHABLE');
    expect(run.stderr).toContain(`the API server https://127.0.0.1:${port} was not reached (ECONNREFUSED)`);
  });

  test('silent: gives up after --timeout', async () => {
    stage.proxy.interfere(() => 'hold');
    const start = Date.now();

    const run = await issue(['--timeout', '1s']);

    expectOneError(run, 'ERR_EGGTOOTH_UNREACHABLE');
    expect(run.stderr).toContain(`the API server ${stage.proxy.url} gave no answer in time`);
    expect(Date.now() - start).toBeLessThan(8_000);
    expect(await secretsOf(stage)).toEqual([]);
  });

  test('closing every connection: says that it was reset', async () => {
    stage.proxy.interfere(() => 'drop');

    const run = await issue();

    expectOneError(run, 'ERR_EGGTOOTH_UNREACHABLE');
    expect(run.stderr).toMatch(/^error: (Secret|RoleBinding) eggtooth-\w+\/assets-\w+: cannot read .*: the API server/);
    expect(run.stderr).toContain('was not reached (ECONNRESET)');
    expect(await secretsOf(stage)).toEqual([]);
  });

  test('slow: every answer takes a while, and the run succeeds', async () => {
    stage.proxy.interfere((_, moment) => (moment === 'before' ? later(100) : 'pass'));

    expect((await issueOk()).unchanged).toBe(false);
  });

  test('another server with a certificate of another CA: says that it is not trusted', async () => {
    const kubeconfig = redirect(stage.kubeconfig, { url: stage.proxy.url, ca: stage.cluster.ca });

    expectOneError(await issue([], kubeconfig), 'ERR_EGGTOOTH_CA');
    expect(stage.proxy.calls).toEqual([]);
  });
});

describe('a CA in the bundle that did not sign the certificate of the API server', () => {
  test.each([
    ['as usual', {}],
    ['with NODE_TLS_REJECT_UNAUTHORIZED=0', { NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_NO_WARNINGS: '1' }],
  ])('is refused before any Secret is written: %s', async (_, env) => {
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

/** Every call of a fresh issue; the n-th of that name. */
const CALLS: readonly (readonly [name: string, n: number])[] = [
  ['read Secret eggtooth-system', 1],
  ['read Secret eggtooth-shop', 1],
  ['read whom it binds', 1],
  ['look for requests', 1],
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
  ['look for requests', 2],
  ['read index system', 1],
  ['read index apps', 1],
  ['try to list secrets', 1],
  ['try another pod', 1],
];
const CHECKS = /whose certificate|index|list secrets|another pod/;
const WRITES = /^(create|approve|write|request reconciliation)/;

test('the calls below are all that a fresh issue makes', async () => {
  await issueOk();

  const seen = new Set(stage.proxy.calls.map(nameOf));
  expect([...seen].sort()).toEqual([...new Set(CALLS.map(([name]) => name))].sort());
});

/** Asks whether a call is the n-th of its name; each call may be asked about once. */
function nth(name: string, n: number): (call: SeenCall) => boolean {
  let count = 0;
  return (call) => nameOf(call) === name && ++count === n;
}

describe.each(['before', 'after'] as const)('the connection drops %s the API server did what was asked', (moment) => {
  test.each(CALLS)('%s (%i): one error, and the next run converges', async (name, n) => {
    const isIt = nth(name, n);
    stage.proxy.interfere((call, now) => (now === moment && isIt(call) ? 'drop' : 'pass'));

    const first = await issue();

    expectOneError(first, CHECKS.test(name) ? 'ERR_EGGTOOTH_VERIFICATION' : 'ERR_EGGTOOTH_UNREACHABLE');
    await expectConvergence();
  });
});

describe.each(['before', 'after'] as const)('SIGKILL %s the API server did what was asked', (moment) => {
  test.each(CALLS.filter(([name]) => WRITES.test(name)))('%s (%i): the next run converges', async (name, n) => {
    const isIt = nth(name, n);
    const kill = new AbortController();
    stage.proxy.interfere(async (call, now) => {
      if (now !== moment || !isIt(call)) return 'pass';
      kill.abort();
      await first;
      return 'drop';
    });
    const first: Promise<Run> = issue([], stage.kubeconfig, kill.signal);

    expect(await first).toEqual({ code: null, stdout: '', stderr: '' });
    await expectConvergence();
  });
});

test('two runs at once: both end well or say why, and the next one converges', async () => {
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

/** A port that nothing listens on. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
