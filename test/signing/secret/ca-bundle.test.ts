import { beforeAll, describe, expect, test } from 'vitest';
import { ApiServer } from '../../../src/chain/api-server';
import type { ApiCall, Cluster } from '../../../src/cluster/cluster';
import { PrivateKey } from '../../../src/pki/private-key';
import { caBundle, mergeCaBundles } from '../../../src/signing/secret/ca-bundle';
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

/** A door that notes what it is asked, and answers with the published CA. */
function door(server: string, certificateAuthority?: string, answer: unknown = { data: { 'ca.crt': published } }) {
  const calls: ApiCall[] = [];
  const call = async (one: ApiCall) => {
    calls.push(one);
    return answer;
  };
  const cluster: Cluster = { server, certificateAuthority, call, close: () => {} };
  return { cluster, calls };
}

describe('the CA of an endpoint', () => {
  test('is the one that came with it, before all others', async () => {
    const { cluster, calls } = door(URL, kubeconfigs);
    const endpoint = ApiServer.fromUrl(URL, { certificateAuthority: given });

    expect(await caBundle(cluster, endpoint, 'cozy-system')).toBe(given);
    expect(calls).toEqual([]);
  });

  test.each([
    ['the same address', URL, URL],
    ['the same host in capitals', 'https://EXAMPLE.org:6443', URL],
    ['the port 443 left out', 'https://example.org', 'https://example.org:443'],
    ['an IPv6 address', 'https://[fd00::1]:6443', 'https://[fd00::1]:6443'],
  ])("is the kubeconfig's for %s", async (_, server, url) => {
    const { cluster, calls } = door(server, kubeconfigs);

    expect(await caBundle(cluster, ApiServer.fromUrl(url), 'cozy-system')).toBe(kubeconfigs);
    expect(calls).toEqual([]);
  });

  test.each([
    ['another host', 'https://10.0.0.1:6443', true],
    ['another port', 'https://example.org:443', true],
    ['a kubeconfig without a CA', URL, false],
  ])('is that of kube-root-ca.crt for %s', async (_, server, hasCa) => {
    const { cluster, calls } = door(server, hasCa ? kubeconfigs : undefined);

    expect(await caBundle(cluster, ApiServer.fromUrl(URL), 'cozy-system')).toBe(published);
    expect(calls.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /api/v1/namespaces/cozy-system/configmaps/kube-root-ca.crt',
    ]);
  });
});

describe('a CA bundle', () => {
  const bundleOf = (pem: string) => caBundle(door(URL, pem).cluster, ApiServer.fromUrl(URL), 'cozy-system');

  test('keeps all its certificates, in order, each once', async () => {
    expect(await bundleOf(published + given + published + given)).toBe(published + given);
  });

  test('loses the text around the certificates', async () => {
    expect(await bundleOf(`# first\n${published}\n# second\n${given}\nend`)).toBe(published + given);
  });

  test('refuses a private key beside a certificate, and does not show it', async () => {
    const key = (await PrivateKey.fromCryptoKey((await keyPair()).privateKey, globalThis.crypto)).revealPem();

    const error = await bundleOf(given + key).catch((reason: Error) => reason);

    expect(error).toMatchObject({ code: 'ERR_EGGTOOTH_CA', fix: 'give blocks CERTIFICATE only' });
    expect(`${error}`).toContain('the CA of the kubeconfig is not a list of PEM certificates');
    expect(`${error}`).not.toContain(key.split('\n')[1]);
  });

  test.each([
    ['a certificate request', '-----BEGIN CERTIFICATE REQUEST-----\naGVsbG8=\n-----END CERTIFICATE REQUEST-----\n'],
    ['a block that cannot be read', '-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n'],
  ])('refuses %s', async (_, block) => {
    await expect(bundleOf(given + block)).rejects.toMatchObject({ code: 'ERR_EGGTOOTH_CA' });
  });

  test.each([
    ['no certificate in it', { data: { 'ca.crt': '' } }],
    ['no ca.crt', { data: {} }],
    ['no data', {}],
  ])('of a ConfigMap with %s is refused, and the ConfigMap is named', async (_, answer) => {
    const { cluster } = door('https://10.0.0.1:6443', undefined, answer);

    await expect(caBundle(cluster, ApiServer.fromUrl(URL), 'cozy-system')).rejects.toMatchObject({
      code: 'ERR_EGGTOOTH_CA',
      message: expect.stringContaining('ConfigMap cozy-system/kube-root-ca.crt'),
    });
  });

  test('merges with others: each certificate once, in order', () => {
    expect(mergeCaBundles([given + kubeconfigs, published + given])).toBe(given + kubeconfigs + published);
  });
});
