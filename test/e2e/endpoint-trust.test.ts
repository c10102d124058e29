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

describe('the endpoint that the bundle names is tried before the Secrets are written', () => {
  test('with a CA that did not sign its certificate: refused', async () => {
    const { code, stderr } = await issueFor(cluster.url, other.ca);

    expect(stderr).toContain(`the certificate of ${cluster.url} is not trusted`);
    expect(stderr).toContain('code: ERR_EGGTOOTH_CA');
    expect(code).toBe(1);
    expect(await secrets()).toBe('');
  });

  test('at another cluster, which does not know the certificate: refused', async () => {
    const { code, stderr } = await issueFor(other.url, other.ca);

    expect(stderr).toContain(`the API server ${other.url} takes the certificate of assets-reader for nobody`);
    expect(stderr).toContain('code: ERR_EGGTOOTH_CERTIFICATE');
    expect(code).toBe(1);
    expect(await secrets()).toBe('');
  });

  test('that cannot be reached from here: written, and said not to be verified', async () => {
    const { code, stdout, stderr } = await issueFor('https://10.200.251.250:6443', cluster.ca);

    expect(onlyItem<IssueResult>('issue', { stdout }).checks[0]).toMatchObject({
      check: 'identity at https://10.200.251.250:6443',
      ok: false,
    });
    expect(stderr).toContain('code: ERR_EGGTOOTH_VERIFICATION');
    expect(code).toBe(1);
    expect((await secrets()).trim().split('\n')).toHaveLength(2);
  });

  test('with its own CA, given in the bundle: written, and that CA goes into the Secret', async () => {
    const both = `${other.ca}\n${cluster.ca}`;
    const { stdout } = await issueFor(cluster.url, both);

    expect(onlyItem<IssueResult>('issue', { stdout }).checks[0]).toMatchObject({
      check: `identity at ${cluster.url}`,
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
