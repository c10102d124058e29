import { beforeAll, describe, expect, test } from 'vitest';
import { ApiServer } from '../../../src/chain/api-server';
import type { ApiCall, Cluster } from '../../../src/cluster/cluster';
import { EggtoothError } from '../../../src/errors';
import { mergeCaBundles } from '../../../src/kubernetes/pem';
import { PrivateKey } from '../../../src/pki/private-key';
import { caBundle } from '../../../src/signing/secret/ca-bundle';
import { authority, keyPair } from '../../pki/support/certificates';

const URL = 'https://example.org:6443';
let [given, kubeconfigs, published] = ['', '', ''];
beforeAll(async () => {
  [given, kubeconfigs, published] = (await Promise.all(['given', 'kubeconfig', 'published'].map(authority))) as [
    string,
    string,
    string,
  ];
});

/** A cluster that records its calls, and answers with the published CA. */
function fakeCluster(
  server: string,
  certificateAuthority?: string,
  answer: unknown = { data: { 'ca.crt': published } },
) {
  const calls: ApiCall[] = [];
  const call = async (one: ApiCall) => {
    calls.push(one);
    return answer;
  };
  const cluster: Cluster = { server, certificateAuthority, call, close: () => {} };
  return { cluster, calls };
}

describe('caBundle returns', () => {
  test('the CA that the bundle gives for the endpoint, before all others', async () => {
    const { cluster, calls } = fakeCluster(URL, kubeconfigs);
    const endpoint = ApiServer.fromUrl(URL, { certificateAuthority: given });

    expect(await caBundle(cluster, endpoint, 'cozy-system')).toBe(given);
    expect(calls).toEqual([]);
  });

  test.each([
    ['the same address', URL, URL],
    ['the same host in upper case', 'https://EXAMPLE.org:6443', URL],
    ['no port, which is 443', 'https://example.org', 'https://example.org:443'],
    ['an IPv6 address', 'https://[fd00::1]:6443', 'https://[fd00::1]:6443'],
  ])('the CA of a kubeconfig with %s', async (_, server, url) => {
    const { cluster, calls } = fakeCluster(server, kubeconfigs);

    expect(await caBundle(cluster, ApiServer.fromUrl(url), 'cozy-system')).toBe(kubeconfigs);
    expect(calls).toEqual([]);
  });

  test.each([
    ['a kubeconfig with another host', 'https://10.0.0.1:6443', true],
    ['a kubeconfig with another port', 'https://example.org:443', true],
    ['a kubeconfig without a CA', URL, false],
  ])('the CA of kube-root-ca.crt for %s', async (_, server, hasCa) => {
    const { cluster, calls } = fakeCluster(server, hasCa ? kubeconfigs : undefined);

    expect(await caBundle(cluster, ApiServer.fromUrl(URL), 'cozy-system')).toBe(published);
    expect(calls.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /api/v1/namespaces/cozy-system/configmaps/kube-root-ca.crt',
    ]);
  });
});

describe('caBundle', () => {
  const bundleOf = (pem: string) => caBundle(fakeCluster(URL, pem).cluster, ApiServer.fromUrl(URL), 'cozy-system');

  test('keeps all certificates, each once and in order', async () => {
    expect(await bundleOf(published + given + published + given)).toBe(published + given);
  });

  test('drops the text around the certificates', async () => {
    expect(await bundleOf(`# first\n${published}\n# second\n${given}\nend`)).toBe(published + given);
  });

  test('refuses a private key beside a certificate, and does not show the key', async () => {
    const key = (await PrivateKey.fromCryptoKey((await keyPair()).privateKey, globalThis.crypto)).revealPem();

    const error = await bundleOf(given + key).catch((reason: Error) => reason);

    expect(error).toMatchObject({ code: 'ERR_EGGTOOTH_CA', fix: 'give PEM blocks CERTIFICATE only' });
    expect(`${error}`).toContain('the CA is not a list of certificates in PEM: the kubeconfig');
    expect(`${error}`).not.toContain(key.split('\n')[1]);
  });

  test.each([
    ['a certificate request', '-----BEGIN CERTIFICATE REQUEST-----\naGVsbG8=\n-----END CERTIFICATE REQUEST-----\n'],
    ['a certificate that cannot be parsed', '-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n'],
  ])('refuses %s', async (_, block) => {
    await expect(bundleOf(given + block)).rejects.toMatchObject({ code: 'ERR_EGGTOOTH_CA' });
  });

  test.each([
    ['an empty ca.crt', { data: { 'ca.crt': '' } }],
    ['no ca.crt', { data: {} }],
    ['no data', {}],
  ])('refuses a ConfigMap with %s, and names the ConfigMap', async (_, answer) => {
    const { cluster } = fakeCluster('https://10.0.0.1:6443', undefined, answer);

    await expect(caBundle(cluster, ApiServer.fromUrl(URL), 'cozy-system')).rejects.toMatchObject({
      code: 'ERR_EGGTOOTH_CA',
      message: expect.stringContaining('ConfigMap cozy-system/kube-root-ca.crt'),
    });
  });

  test.each<[what: string, answer: () => object, kind: string, problem: string]>([
    [
      'a ConfigMap that does not exist, as in a new namespace',
      () => ({ kind: 'Namespace' }),
      'ConfigMap',
      'does not exist, so the CA of the cluster cannot be read',
    ],
    [
      'a ConfigMap that does not exist, if the Namespace must not be read',
      () => {
        throw new EggtoothError('ERR_EGGTOOTH_FORBIDDEN', 'forbids it');
      },
      'ConfigMap',
      'does not exist, so the CA of the cluster cannot be read',
    ],
    [
      'a Namespace that does not exist',
      () => {
        throw new EggtoothError('ERR_EGGTOOTH_NOT_FOUND', 'there is none');
      },
      'Namespace',
      'does not exist, so the bundle is not applied yet',
    ],
  ])('reports %s', async (_, namespace, kind, problem) => {
    const { cluster } = fakeCluster('https://10.0.0.1:6443');
    const missing: Cluster = {
      ...cluster,
      call: async ({ object }) => {
        if (object?.kind === 'Namespace') return namespace();
        throw new EggtoothError('ERR_EGGTOOTH_NOT_FOUND', 'there is none', { object });
      },
    };

    await expect(caBundle(missing, ApiServer.fromUrl(URL), 'cozy-system')).rejects.toMatchObject({
      code: 'ERR_EGGTOOTH_NOT_FOUND',
      object: { kind },
      problem,
    });
  });

  test('mergeCaBundles keeps each certificate once and in order', () => {
    expect(mergeCaBundles([given + kubeconfigs, published + given])).toBe(given + kubeconfigs + published);
  });
});
