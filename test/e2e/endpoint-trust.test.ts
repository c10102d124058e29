import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Chain } from '../../src/chain/chain';
import { CA_ANNOTATION } from '../../src/chain/proxy-url';
import { clusterFromKubeconfig } from '../../src/cluster/kubeconfig';
import type { KubeObject } from '../../src/kubernetes/kube-object';
import { issue } from '../../src/signing/issue';
import type { IssueResult } from '../../src/signing/issue-result';
import { printCheck } from '../../src/signing/verify/check';
import { type ControlPlane, runPod, startControlPlane } from '../../tools/control-plane';
import { createAuthority } from '../../tools/control-plane/pki';
import { answeringEndpoint, type EndpointAnswer, plainEndpoint } from './support/answering-endpoint';
import { bundleObjects, writeBundle } from './support/bundle';
import { eggtooth, onlyItem, type Run } from './support/eggtooth';
import { newEndpoint } from './support/endpoint';
import { requestNames, secretsOf } from './support/proxied-stage';
import { type Stage, servedCharts } from './support/stage';

/** The charts are served, and the user may read them: only the endpoint in the bundle differs from test to test. */
let cluster: ControlPlane;
let other: ControlPlane;
let stage: Stage;

beforeAll(async () => {
  [cluster, other] = await Promise.all([startControlPlane(), startControlPlane()]);
  const charts = await servedCharts(cluster.dir);
  const withoutFlux = bundleObjects({ url: cluster.url }).filter(({ kind }) => kind !== 'HelmRepository');
  await cluster.apply(writeBundle(join(cluster.dir, 'rights.yaml'), withoutFlux));
  const pod = await runPod(cluster, { namespace: 'eggtooth-system', name: 'assets-0', port: 8123, folder: charts });
  stage = { cluster, bundle: '', charts, pod, stop: () => cluster.stop() };
});
afterAll(() => Promise.all([cluster?.stop(), other?.stop()]));
beforeEach(async () => {
  for (const namespace of ['eggtooth-system', 'eggtooth-shop']) {
    await cluster.kubectl(['delete', 'secret', 'assets-tls', '-n', namespace, '--ignore-not-found']);
  }
});

const bundleFor = (objects: readonly KubeObject[]) => writeBundle(join(cluster.dir, 'bundle.yaml'), objects);

/** Issues on the first cluster, for a bundle whose HelmRepositories name an address and a CA. */
function issueFor(url: string, certificateAuthority?: string, flags: readonly string[] = []): Promise<Run> {
  const bundle = bundleFor(bundleObjects({ url, certificateAuthority }));
  return eggtooth(['issue', bundle, '--kubeconfig', cluster.kubeconfig, '-o', 'json', '--timeout', '5s', ...flags]);
}

/** The CA of each Secret that exists. */
async function writtenCas(): Promise<readonly string[]> {
  return (await secretsOf(stage)).map(({ data }) =>
    Buffer.from(data['ca.crt'] ?? '', 'base64')
      .toString()
      .trim(),
  );
}

async function expectNothingWritten(run: Run, code: string): Promise<void> {
  expect(run.stderr).toMatch(new RegExp(`\n {2}code: ${code}\n$`));
  expect({ code: run.code, stdout: run.stdout }).toEqual({ code: 1, stdout: '' });
  expect(await secretsOf(stage)).toEqual([]);
}

describe('issue writes no Secret', () => {
  test('if the CA in the bundle did not sign the certificate of the endpoint', async () => {
    const run = await issueFor(cluster.url, other.ca);

    expect(run.stderr).toContain(`the certificate of ${cluster.url} is not trusted`);
    await expectNothingWritten(run, 'ERR_EGGTOOTH_CA');
  });

  test('if the endpoint is one of another cluster than that of the context, nor does any other command', async () => {
    const bundle = bundleFor(bundleObjects({ url: other.url, certificateAuthority: other.ca }));
    const [requests, key] = [await requestNames(stage), join(cluster.dir, 'never.key')];
    const objects = await cluster.kubectl(['get', 'namespaces,rolebindings', '-A', '-o', 'name']);

    for (const command of ['issue', 'up', 'down', 'revoke', 'request', 'renew']) {
      const flags = command === 'request' ? ['--key-out', key] : [];
      const run = await eggtooth([command, bundle, '--kubeconfig', cluster.kubeconfig, ...flags]);

      expect(run.stderr).toContain(
        `the API server at ${other.url}, which the bundle names, is not of the cluster of the kubeconfig, ${cluster.url}: nothing is written`,
      );
      expect(run.stderr).toContain('choose the cluster of the bundle with --context');
      expect(run.cluster).toMatch(new RegExp(`^${cluster.url} \\(context .+\\)$`));
      await expectNothingWritten(run, 'ERR_EGGTOOTH_KUBECONFIG');
    }
    expect(await requestNames(stage)).toEqual(requests);
    expect(await cluster.kubectl(['get', 'namespaces,rolebindings', '-A', '-o', 'name'])).toBe(objects);
    expect(existsSync(key)).toBe(false);
  });

  const page = { contentType: 'text/html', body: '<html>Please log in</html>' };
  test.each<readonly [string, EndpointAnswer, string]>([
    ['403', { status: 403 }, 'ERR_EGGTOOTH_VERIFICATION'],
    ['403 with an HTML page', { status: 403, ...page }, 'ERR_EGGTOOTH_VERIFICATION'],
    ['404', { status: 404 }, 'ERR_EGGTOOTH_VERIFICATION'],
    ['an HTML page', { status: 200, ...page }, 'ERR_EGGTOOTH_VERIFICATION'],
    ['a redirect to a login page', { status: 302, ...page }, 'ERR_EGGTOOTH_VERIFICATION'],
    ['500', { status: 500 }, 'ERR_EGGTOOTH_VERIFICATION'],
    ['503', { status: 503 }, 'ERR_EGGTOOTH_VERIFICATION'],
    ['an empty JSON object', { status: 201 }, 'ERR_EGGTOOTH_CERTIFICATE'],
  ])('if the endpoint answers %s', async (_, answer, code) => {
    const { url, ca } = await answeringEndpoint(cluster, answer);

    const run = await issueFor(url, ca);

    expect(run.stderr).toContain(url);
    await expectNothingWritten(run, code);
  });

  test('if the certificate of the endpoint is not one of a server', async () => {
    const { url, ca } = await answeringEndpoint(cluster, { usage: 'client' });

    const run = await issueFor(url, ca);

    expect(run.stderr).toContain(`the certificate of ${url} is not trusted (INVALID_PURPOSE)`);
    await expectNothingWritten(run, 'ERR_EGGTOOTH_CA');
  });

  test('if the endpoint does not speak TLS', async () => {
    const url = await plainEndpoint(cluster);

    const run = await issueFor(url, cluster.ca);

    expect(run.stderr).toMatch(/does not speak HTTPS|is not trusted/);
    expect(run.code).toBe(1);
    expect(await secretsOf(stage)).toEqual([]);
  });

  test('if the index cannot be read at the endpoint', async () => {
    const objects = bundleObjects({ url: cluster.url }).map((object) =>
      object.kind === 'HelmRepository' && object.metadata.name === 'apps'
        ? { ...object, spec: { ...(object.spec as object), url: `${(object.spec as { url: string }).url}-missing` } }
        : object,
    );

    const run = await eggtooth(['issue', bundleFor(objects), '--kubeconfig', cluster.kubeconfig]);

    expect(run.stderr).toContain('nothing is written, because the certificate of assets-reader is not verified');
    expect(run.stderr).toContain('index eggtooth-shop/apps: cannot read the index');
    await expectNothingWritten(run, 'ERR_EGGTOOTH_VERIFICATION');
  });

  test('if the user has rights beyond its routes', async () => {
    const binding = ['clusterrolebinding', 'too-much'];
    await cluster.kubectl(['create', ...binding, '--clusterrole=view', '--user=assets-reader']);
    await cluster.kubectl(['create', ...['clusterrole', 'all-secrets'], '--verb=list', '--resource=secrets']);
    await cluster.kubectl([
      'create',
      'clusterrolebinding',
      'secrets',
      '--clusterrole=all-secrets',
      '--user=assets-reader',
    ]);
    try {
      const run = await issueFor(cluster.url);

      expect(run.stderr).toContain('refused: secrets: /api/v1/secrets can be read');
      await expectNothingWritten(run, 'ERR_EGGTOOTH_VERIFICATION');
    } finally {
      await cluster.kubectl(['delete', 'clusterrolebinding', 'too-much', 'secrets']);
    }
  });
});

describe('issue --unverified', () => {
  test.each<readonly [string, EndpointAnswer, string]>([
    ['answers 403', { status: 403 }, '(403)'],
    ['answers an HTML page', { contentType: 'text/html', body: '<html></html>' }, 'something other than a JSON object'],
    ['has a certificate that is not one of a server', { usage: 'client' }, 'INVALID_PURPOSE'],
  ])('writes the Secrets although the endpoint %s, and reports that', async (_, answer, reason) => {
    const { url, ca } = await answeringEndpoint(cluster, answer);

    const { code, stdout, stderr } = await issueFor(url, ca, ['--unverified']);

    expect(stderr).toContain('warning: assets-reader: the Secrets are written, and not verified:');
    expect(stderr).toContain(`  identity at ${url}: `);
    expect(stderr).toContain(reason);
    expect(code).toBe(0);
    const { checks } = onlyItem<IssueResult>('issue', { stdout });
    expect(checks.find(({ check }) => check === 'identity')?.ok).toBe(false);
    for (const check of checks) if (check.check === 'refused') expect(check.ok).toBe(false);
    expect(await writtenCas()).toEqual([ca, ca]);
  });

  test('writes no Secret if the endpoint does not accept the certificate', async () => {
    await expectNothingWritten(await issueFor(other.url, other.ca, ['--unverified']), 'ERR_EGGTOOTH_CERTIFICATE');
  });
});

describe('where the endpoint cannot be reached from here, issue', () => {
  const unreachable = ['https://10.200.251.250:6443', 'https://localhost:7445', 'https://no-such-host.invalid:6443'];

  test.each(unreachable)('makes the checks at the server of the kubeconfig and writes the Secrets: %s', async (url) => {
    const { code, stdout, stderr } = await issueFor(url, cluster.ca);

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { checks } = onlyItem<IssueResult>('issue', { stdout });
    expect(checks.map((check) => [printCheck(check), check.ok, check.skipped ?? false])).toEqual([
      [`identity at ${url}`, true, true],
      [`identity at ${cluster.url}`, true, false],
      ['index eggtooth-system/system', true, false],
      ['index eggtooth-shop/apps', true, false],
      ['refused: secrets', true, false],
      ['refused: other pods', true, false],
      [`rights at ${url}`, true, false],
    ]);
    expect(checks[0]?.detail).toContain(`checked at ${cluster.url} instead`);
    expect(await writtenCas()).toEqual([cluster.ca, cluster.ca]);

    const again = await issueFor(url, cluster.ca);
    expect(onlyItem<IssueResult>('issue', again).unchanged).toBe(true);
  });

  test('writes no Secret if a check fails at the server of the kubeconfig', async () => {
    await cluster.kubectl(['delete', 'rolebinding', '-n', 'eggtooth-system', '--all']);
    try {
      const run = await issueFor('https://localhost:7445', cluster.ca);

      expect(run.stderr).toContain('index eggtooth-system/system: cannot read the index');
      await expectNothingWritten(run, 'ERR_EGGTOOTH_VERIFICATION');
    } finally {
      await cluster.apply(join(cluster.dir, 'rights.yaml'));
    }
  });

  test('prints in the text what was not checked', async () => {
    const { stdout } = await issueFor('https://localhost:7445', cluster.ca, ['-o', 'text']);

    expect(stdout).toMatch(/^ {2}not checked {2}identity at https:\/\/localhost:7445: .*the loopback of the nodes/m);
  });
});

describe('An endpoint on the loopback of the nodes', () => {
  let local: Server;
  let url: string;
  let connections = 0;
  /** Another TLS server on the machine of the caller, such as the API server of kind. */
  beforeAll(async () => {
    const { certificate, key } = await (await createAuthority('kubernetes')).signServer(
      'kube-apiserver',
      ['localhost', 'kubernetes.default.svc'],
      ['127.0.0.1'],
    );
    local = createServer({ cert: certificate, key, requestCert: true, rejectUnauthorized: false });
    local.on('connection', () => {
      connections += 1;
    });
    await new Promise<void>((resolve) => local.listen(0, '127.0.0.1', resolve));
    url = `https://localhost:${(local.address() as AddressInfo).port}`;
  });
  afterAll(() => local?.close());

  test('is not dialed, whoever listens here', async () => {
    const bundle = bundleFor(bundleObjects({ url }));
    for (const command of ['issue', 'issue', 'status', 'renew']) {
      const run = await eggtooth([command, bundle, '--kubeconfig', cluster.kubeconfig]);

      expect(run).toMatchObject({ code: 0, stderr: '' });
    }
    expect(await writtenCas()).toEqual([cluster.ca, cluster.ca]);
    expect(connections).toBe(0);
  });

  test('is dialed on a node, and its CA must be right there', async () => {
    const run = await issueFor(url, cluster.ca, ['--on-node']);

    expect(connections).toBeGreaterThan(0);
    await expectNothingWritten(run, 'ERR_EGGTOOTH_KUBECONFIG');
  });
});

describe('the Secrets get only a CA that alone verifies the endpoint', () => {
  test.each([
    ['the first', () => `${cluster.ca}\n${other.ca}`],
    ['the second', () => `${other.ca}\n${cluster.ca}`],
  ])('of two that the bundle gives: %s', async (_, given) => {
    expect(await issueFor(cluster.url, given())).toMatchObject({ code: 0, stderr: '' });

    expect(await writtenCas()).toEqual([cluster.ca, cluster.ca]);
    const { stdout } = await issueFor(cluster.url, given());
    expect(onlyItem<IssueResult>('issue', { stdout }).unchanged).toBe(true);
    const objects = bundleObjects({ url: cluster.url, certificateAuthority: given() });
    const { stdout: state } = await eggtooth(['status', bundleFor(objects), '--kubeconfig', cluster.kubeconfig]);
    expect(state).toContain('eggtooth-shop/assets-tls');
    expect(state).not.toContain('another CA');
  });

  test('of two, those that verify the server of the kubeconfig, if the endpoint cannot be reached', async () => {
    const unreachable = 'https://localhost:7445';
    expect(await issueFor(unreachable, `${other.ca}\n${cluster.ca}`)).toMatchObject({ code: 0, stderr: '' });

    expect(await writtenCas()).toEqual([cluster.ca, cluster.ca]);
  });

  test('if only one of two repositories gives it, that one', async () => {
    const url = await newEndpoint(cluster);
    const objects = bundleObjects({ url }).map((object) =>
      object.kind === 'HelmRepository' && object.metadata.name === 'apps'
        ? { ...object, metadata: { ...object.metadata, annotations: { [CA_ANNOTATION]: other.ca } } }
        : object,
    );
    const api = await clusterFromKubeconfig({ kubeconfig: cluster.kubeconfig });

    await expect(issue(api, Chain.fromObjects(objects))).rejects.toMatchObject({ code: 'ERR_EGGTOOTH_CA' });
    api.close();
    expect(await secretsOf(stage)).toEqual([]);
  });

  test('a third CA that nobody uses is not written beside the right one', async () => {
    const strangers = await Promise.all(['one', 'two'].map((name) => createAuthority(name)));
    const given = [strangers[0]?.certificate, cluster.ca, strangers[1]?.certificate].join('\n');

    expect(await issueFor(cluster.secondUrl, given)).toMatchObject({ code: 0 });
    expect(await writtenCas()).toEqual([cluster.ca, cluster.ca]);
    expect((await requestNames(stage)).length).toBeGreaterThan(0);
  });
});
