import https from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiServer } from '../../../src/chain/api-server';
import type { Cluster } from '../../../src/cluster/cluster';
import { EggtoothError } from '../../../src/errors';
import { assertSameCluster } from '../../../src/signing/verify/same-cluster';
import { type Authority, createAuthority, type KeyPair } from '../../../tools/control-plane/pki';

const API_SERVER = ['kubernetes', 'kubernetes.default.svc', 'localhost'];
const servers: Server[] = [];
let ours: Authority;
/** Of another cluster, with the same name. */
let namesake: Authority;
let company: Authority;
beforeAll(async () => {
  [ours, namesake, company] = (await Promise.all(['kubernetes', 'kubernetes', 'company'].map(createAuthority))) as [
    Authority,
    Authority,
    Authority,
  ];
});
afterAll(() => {
  for (const server of servers) server.close();
});

/** Starts a server with certificates by name; the first is its default. */
async function serve(byName: readonly KeyPair[], own?: KeyPair): Promise<string> {
  const [first] = byName;
  const server = https.createServer({
    cert: first?.certificate,
    key: first?.key,
    ...(own && {
      SNICallback: (name: string, done: (error: Error | null, context?: SecureContext) => void) =>
        done(null, name === 'localhost' ? createSecureContext({ cert: own.certificate, key: own.key }) : undefined),
    }),
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `https://localhost:${(server.address() as AddressInfo).port}`;
}

const sign = (authority: Authority, names = API_SERVER) => authority.signServer('server', names, ['127.0.0.1']);

/** A connection with a CA of the kubeconfig, and what kube-root-ca.crt holds; it cannot be read without. */
function clusterWith(kubeconfigCa: string | undefined, root?: string): Cluster {
  return {
    server: 'https://10.0.0.1:6443',
    certificateAuthority: kubeconfigCa,
    onNode: true,
    async call({ path }) {
      expect(path).toBe('/api/v1/namespaces/kube-system/configmaps/kube-root-ca.crt');
      if (root !== undefined) return { data: { 'ca.crt': root } };
      throw new EggtoothError('ERR_EGGTOOTH_FORBIDDEN', 'forbidden', { fix: 'grant it' });
    },
    close() {},
  };
}

/** Checks a bundle with one endpoint, and perhaps its CA. */
function check(cluster: Cluster, url: string, certificateAuthority?: string): Promise<void> {
  const endpoints = [ApiServer.fromUrl(url, { certificateAuthority })];
  return assertSameCluster(cluster, [{ secrets: [{ namespace: 'a', name: 'b', endpoints }] }]);
}

const CLOSED = 'https://localhost:1';
const refused = { code: 'ERR_EGGTOOTH_KUBECONFIG' };

describe('An endpoint is of the same cluster', () => {
  test('if the CA of the kubeconfig or of the cluster signed the certificate of the API server there', async () => {
    const url = await serve([await sign(ours)]);

    await check(clusterWith(ours.certificate), url);
    await check(clusterWith(company.certificate, ours.certificate), url);
    await check(clusterWith(undefined, `${company.certificate}\n${ours.certificate}`), url);
  });

  test('although it has a certificate of another CA for the name in its URL', async () => {
    const url = await serve([await sign(ours)], await sign(company, ['localhost']));

    await check(clusterWith(ours.certificate), url, company.certificate);
    await check(clusterWith(company.certificate, ours.certificate), url);
  });

  test('as far as can be told, if it is no API server, or the CA of the cluster cannot be read', async () => {
    const balancer = await serve([await sign(company, ['localhost'])]);
    const other = await serve([await sign(namesake)]);

    await check(clusterWith(ours.certificate, ours.certificate), balancer, company.certificate);
    await check(clusterWith(company.certificate), other);
  });

  test('as far as can be told, if it is not reached, and its CA has another name or is one of several', async () => {
    await check(clusterWith(ours.certificate, ours.certificate), CLOSED);
    await check(clusterWith(ours.certificate, ours.certificate), CLOSED, company.certificate);
    await check(clusterWith(ours.certificate, ours.certificate), CLOSED, ours.certificate);
    await check(
      clusterWith(ours.certificate, `${ours.certificate}\n${namesake.certificate}`),
      CLOSED,
      namesake.certificate,
    );
  });

  test('if it has the address of the kubeconfig', async () => {
    await check(clusterWith(undefined), 'https://10.0.0.1:6443', namesake.certificate);
  });
});

describe('An endpoint is of another cluster', () => {
  test.each([
    ['a CA of the same name', () => namesake],
    ['a CA of another name', () => company],
  ])('if the API server there has a certificate of %s', async (_, authority) => {
    const url = await serve([await sign(authority())]);

    await expect(check(clusterWith(ours.certificate, ours.certificate), url)).rejects.toMatchObject(refused);
    const gives = authority().certificate;
    await expect(check(clusterWith(undefined, ours.certificate), url, gives)).rejects.toMatchObject(refused);
  });

  test('if it is not reached, and the bundle gives another CA of the same name', async () => {
    const cluster = clusterWith(ours.certificate, ours.certificate);

    await expect(check(cluster, CLOSED, namesake.certificate)).rejects.toMatchObject(refused);
  });
});
