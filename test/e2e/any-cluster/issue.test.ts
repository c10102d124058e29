import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { IssueDryRunOutput } from '../../../src/cli/outputs';
import type { IssueResult } from '../../../src/signing/issue-result';
import { printCheck } from '../../../src/signing/verify/check';
import { parseOutput } from '../../support/outputs';
import { eggtooth, onlyItem } from '../support/eggtooth';
import { type Stage, startStage } from '../support/stage';

interface SecretObject {
  readonly metadata: { readonly resourceVersion: string; readonly annotations: Record<string, string> };
  readonly type: string;
  readonly data: Record<string, string>;
}

const NAMESPACES = ['eggtooth-system', 'eggtooth-shop'];

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage?.stop());

const issue = (...flags: string[]) =>
  eggtooth(['issue', stage.bundle, '--kubeconfig', stage.cluster.kubeconfig, ...flags]);

async function issueJson(...flags: string[]): Promise<IssueResult> {
  const { code, stdout, stderr } = await issue('-o', 'json', ...flags);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return onlyItem('issue', { stdout });
}

async function secretIn(namespace: string): Promise<SecretObject> {
  return JSON.parse(await stage.cluster.kubectl(['get', 'secret', 'assets-tls', '-n', namespace, '-o', 'json']));
}

const deleteSecrets = () =>
  Promise.all(
    NAMESPACES.map((namespace) =>
      stage.cluster.kubectl(['delete', 'secret', 'assets-tls', '-n', namespace, '--ignore-not-found']),
    ),
  );

const decode = (secret: SecretObject, key: string) => Buffer.from(secret.data[key] ?? '', 'base64').toString('utf8');

describe('issue --dry-run', () => {
  test('prints the exact objects without the key and writes nothing', async () => {
    await deleteSecrets();
    const requests = await stage.cluster.kubectl(['get', 'csr', '-o', 'name']);

    const { code, stdout, stderr } = await issue('--dry-run', '-o', 'json');

    expect(code).toBe(0);
    expect(stderr).toContain('assets-reader: due, Secret eggtooth-system/assets-tls: does not exist');
    const { items } = parseOutput<IssueDryRunOutput>('issue-dry-run', { stdout });
    expect(items.map(({ kind, metadata }) => [kind, metadata.namespace])).toEqual([
      ['CertificateSigningRequest', undefined],
      ['Secret', 'eggtooth-system'],
      ['Secret', 'eggtooth-shop'],
      ['HelmRepository', 'eggtooth-system'],
      ['HelmRepository', 'eggtooth-shop'],
    ]);
    expect(stdout).not.toMatch(/PRIVATE KEY|UFJJVkFURSBLRV/);
    expect(await stage.cluster.kubectl(['get', 'csr', '-o', 'name'])).toBe(requests);
    await expect(secretIn('eggtooth-system')).rejects.toThrow('not found');
  });
});

describe('issue', () => {
  test('prints the contract as one JSON object', async () => {
    await deleteSecrets();
    const result = await issueJson();

    expect(Object.keys(result).sort()).toEqual(
      [
        'algorithm',
        'csr',
        'fingerprint',
        'notAfter',
        'notBefore',
        'checks',
        'secrets',
        'unchanged',
        'user',
        'warnings',
      ].sort(),
    );
    expect(result).toMatchObject({
      user: 'assets-reader',
      algorithm: 'P-256',
      unchanged: false,
      secrets: NAMESPACES.map((namespace) => ({ namespace, name: 'assets-tls' })),
    });
    const request = JSON.parse(await stage.cluster.kubectl(['get', 'csr', result.csr?.name ?? '', '-o', 'json']));
    expect(request.metadata.uid).toBe(result.csr?.uid);
    expect(request.spec.usages).toEqual(['client auth', 'digital signature']);
  });

  test('verifies the identity, every index and two refusals on the live API server', async () => {
    const { checks } = await issueJson();

    expect(checks.map((check) => [printCheck(check), check.ok])).toEqual([
      [`identity at ${stage.cluster.url}`, true],
      ['index eggtooth-system/system', true],
      ['index eggtooth-shop/apps', true],
      ['refused: secrets', true],
      ['refused: other pods', true],
      [`rights at ${stage.cluster.url}`, true],
    ]);
    if (!stage.cluster.existing) expect(stage.pod.requests).toContain('/repos/apps/index.yaml');
  });

  test('writes the same kubernetes.io/tls Secret into every namespace that the chain names', async () => {
    const { fingerprint, notAfter, csr } = await issueJson();
    const [first, second] = await Promise.all(NAMESPACES.map(secretIn));

    expect(first?.type).toBe('kubernetes.io/tls');
    expect(first?.data).toEqual(second?.data);
    const certificate = new X509Certificate(decode(first as SecretObject, 'tls.crt'));
    expect(certificate.subject).toBe('CN=assets-reader');
    expect(certificate.fingerprint256.replaceAll(':', '').toLowerCase()).toBe(fingerprint);
    expect(decode(first as SecretObject, 'ca.crt').trim()).toBe(stage.cluster.ca.trim());
    expect(first?.metadata.annotations).toEqual({
      'eggtooth.dev/fingerprint': fingerprint,
      'eggtooth.dev/issue-count': '1',
      'eggtooth.dev/not-after': notAfter,
      'eggtooth.dev/request': csr?.name,
      'eggtooth.dev/request-uid': csr?.uid,
    });
  });

  test('changes nothing when it runs a second time', async () => {
    const before = await Promise.all(NAMESPACES.map(secretIn));
    const requests = await stage.cluster.kubectl(['get', 'csr', '-o', 'name']);
    const repositories = await stage.cluster.kubectl(['get', 'helmrepositories', '-A', '-o', 'yaml']);

    const result = await issueJson();

    expect(result.unchanged).toBe(true);
    expect(result.csr?.name).toBe(before[0]?.metadata.annotations['eggtooth.dev/request']);
    const after = await Promise.all(NAMESPACES.map(secretIn));
    expect(after.map(({ metadata }) => metadata.resourceVersion)).toEqual(
      before.map(({ metadata }) => metadata.resourceVersion),
    );
    expect(await stage.cluster.kubectl(['get', 'csr', '-o', 'name'])).toBe(requests);
    expect(await stage.cluster.kubectl(['get', 'helmrepositories', '-A', '-o', 'yaml'])).toBe(repositories);
  });

  test('issues again and increments the issue count when one copy of the Secret is missing', async () => {
    const { fingerprint } = await issueJson();
    await stage.cluster.kubectl(['delete', 'secret', 'assets-tls', '-n', 'eggtooth-shop']);

    const result = await issueJson();

    expect(result.unchanged).toBe(false);
    expect(result.fingerprint).not.toBe(fingerprint);
    const [first, second] = await Promise.all(NAMESPACES.map(secretIn));
    expect(first?.data).toEqual(second?.data);
    expect(second?.metadata.annotations['eggtooth.dev/issue-count']).toBe('2');
  });

  test.each([
    ['holds no valid key', { 'tls.key': 'OTHER' }, 'Secret eggtooth-shop/assets-tls: holds no private key'],
    ['holds another CA', { 'ca.crt': 'OTHER' }, 'Secret eggtooth-shop/assets-tls: holds another CA'],
  ])('writes the Secrets again when one %s', async (_, broken, due) => {
    await issueJson();
    const data = Object.fromEntries(Object.keys(broken).map((key) => [key, Buffer.from('nothing').toString('base64')]));
    const patch = JSON.stringify({ data });
    await stage.cluster.kubectl(['patch', 'secret', 'assets-tls', '-n', 'eggtooth-shop', '--type=merge', '-p', patch]);

    expect((await issue('--dry-run')).stderr).toContain(due);
    expect((await issueJson()).unchanged).toBe(false);
    expect((await issueJson()).unchanged).toBe(true);
  });

  test.each(['P-256', 'RSA', 'Ed25519'])('issues for a key of kind %s', async (algorithm) => {
    await deleteSecrets();
    const result = await issueJson('--key-algorithm', algorithm);

    expect(result).toMatchObject({ algorithm, unchanged: false });
    expect(result.checks.every(({ ok }) => ok)).toBe(true);
    expect((await issueJson()).unchanged).toBe(true);
  });

  test('requests the duration of --duration', async () => {
    await deleteSecrets();
    const { notBefore, notAfter } = await issueJson('--duration', '12h');

    expect(Date.parse(notAfter) - Date.parse(notBefore)).toBe(12 * 3600 * 1000);
  });

  test('asks Flux to reconcile every HelmRepository after it has written the Secrets', async () => {
    await deleteSecrets();
    const start = Date.now();
    await issueJson();
    const { items } = JSON.parse(await stage.cluster.kubectl(['get', 'helmrepositories', '-A', '-o', 'json']));

    for (const { metadata } of items) {
      expect(Date.parse(metadata.annotations['reconcile.fluxcd.io/requestedAt'])).toBeGreaterThanOrEqual(start);
    }
  });

  test('leaves nothing of the key in annotations or in managed fields', async () => {
    await issueJson();
    const { metadata } = await secretIn('eggtooth-system');

    expect(JSON.stringify(metadata)).not.toMatch(/last-applied-configuration|PRIVATE|UFJJVkFURSBLRV/);
  });

  test('refuses a Secret of another type before it creates a request', async () => {
    await deleteSecrets();
    await stage.cluster.kubectl([
      'create',
      'secret',
      'generic',
      'assets-tls',
      '-n',
      'eggtooth-shop',
      '--from-literal=x=',
    ]);
    const requests = await stage.cluster.kubectl(['get', 'csr', '-o', 'name']);

    const { code, stderr } = await issue();

    expect(code).toBe(1);
    expect(stderr).toContain('Secret eggtooth-shop/assets-tls: the API server refuses the Secret');
    expect(stderr).toContain('nor the type of a Secret to kubernetes.io/tls');
    expect(await stage.cluster.kubectl(['get', 'csr', '-o', 'name'])).toBe(requests);
    await expect(secretIn('eggtooth-system')).rejects.toThrow('not found');
    await deleteSecrets();
  });
});
