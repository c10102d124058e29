import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { IssueResult } from '../../src/signing/issue-result';
import { type ControlPlane, startControlPlane } from '../../tools/control-plane';
import { bundleObjects, writeBundle } from './support/bundle';
import { eggtooth, onlyItem } from './support/eggtooth';

let cluster: ControlPlane;
let other: ControlPlane;

beforeAll(async () => {
  [cluster, other] = await Promise.all([startControlPlane(), startControlPlane()]);
  for (const namespace of ['eggtooth-system', 'eggtooth-shop'])
    await cluster.kubectl(['create', 'namespace', namespace]);
});
afterAll(() => Promise.all([cluster?.stop(), other?.stop()]));

/** Issues on the first cluster, for a bundle whose HelmRepositories name an address and a CA. */
async function issueFor(url: string, certificateAuthority: string) {
  const objects = bundleObjects({ url, certificateAuthority });
  const bundle = writeBundle(join(cluster.dir, 'bundle.yaml'), objects);
  return eggtooth(['issue', bundle, '--kubeconfig', cluster.kubeconfig, '-o', 'json']);
}

const secrets = () =>
  cluster.kubectl(['get', 'secrets', '-A', '--field-selector=metadata.name=assets-tls', '-o', 'name']);

describe('issue', () => {
  test('writes no Secret if the CA in the bundle did not sign the certificate of the endpoint', async () => {
    const { code, stderr } = await issueFor(cluster.url, other.ca);

    expect(stderr).toContain(`the certificate of ${cluster.url} is not trusted`);
    expect(stderr).toContain('code: ERR_EGGTOOTH_CA');
    expect(code).toBe(1);
    expect(await secrets()).toBe('');
  });

  test('writes no Secret if the endpoint is another cluster, which does not accept the certificate', async () => {
    const { code, stderr } = await issueFor(other.url, other.ca);

    expect(stderr).toContain(
      `the API server ${other.url} identifies the holder of the certificate of assets-reader as nobody`,
    );
    expect(stderr).toContain('code: ERR_EGGTOOTH_CERTIFICATE');
    expect(code).toBe(1);
    expect(await secrets()).toBe('');
  });

  test('writes the Secrets and fails if the endpoint cannot be reached from here', async () => {
    const { code, stdout, stderr } = await issueFor('https://10.200.251.250:6443', cluster.ca);

    expect(onlyItem<IssueResult>('issue', { stdout }).checks[0]).toMatchObject({
      check: 'identity',
      endpoint: 'https://10.200.251.250:6443',
      ok: false,
    });
    expect(stderr).toContain('code: ERR_EGGTOOTH_VERIFICATION');
    expect(code).toBe(1);
    expect((await secrets()).trim().split('\n')).toHaveLength(2);
  });

  test('writes the CA that the bundle gives for the endpoint into the Secret', async () => {
    const both = `${other.ca}\n${cluster.ca}`;
    const { stdout } = await issueFor(cluster.url, both);

    expect(onlyItem<IssueResult>('issue', { stdout }).checks[0]).toMatchObject({
      check: 'identity',
      endpoint: cluster.url,
      ok: true,
    });
    const ca = await cluster.kubectl([
      'get',
      'secret',
      'assets-tls',
      '-n',
      'eggtooth-shop',
      '-o',
      'jsonpath={.data.ca\\.crt}',
    ]);
    expect(
      Buffer.from(ca, 'base64')
        .toString()
        .match(/BEGIN CERTIFICATE/g),
    ).toHaveLength(2);
  });
});
