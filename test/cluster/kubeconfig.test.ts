import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, delimiter } from 'node:path';
import type { Duplex } from 'node:stream';
import { describe, expect, test, vi } from 'vitest';
import { clusterFromKubeconfig } from '../../src/cluster/kubeconfig';
import { retrying } from '../../src/cluster/retrying-cluster';
import {
  base64,
  call,
  client,
  errorOf,
  exec,
  type Fields,
  kubeconfig,
  plugin,
  printCredential,
  SECRET,
  server,
  startApiServers,
  stranger,
  write,
} from './support/kubeconfig';
import { type Seen, startProxy, startSocksProxy } from './support/server';

startApiServers();

describe('clusterFromKubeconfig uses', () => {
  test('the current-context', async () => {
    expect(await call({ kubeconfig: kubeconfig() })).toEqual({ path: '/version', authorization: `Bearer ${SECRET}` });
  });

  test('the given context', async () => {
    expect((await call({ kubeconfig: kubeconfig(), context: 'two' })).path).toBe('/version');
  });

  test('the file in the variable KUBECONFIG', async () => {
    vi.stubEnv('KUBECONFIG', kubeconfig());

    expect((await call({})).authorization).toBe(`Bearer ${SECRET}`);
  });

  test('several files in the variable KUBECONFIG', async () => {
    const user = { tokenFile: write('merged', 'merged') };
    const files = [kubeconfig({ contexts: [], clusters: [], user }), kubeconfig({ users: [] })];
    vi.stubEnv('KUBECONFIG', files.join(delimiter));

    expect((await call({})).authorization).toBe('Bearer merged');
  });

  test.each<readonly [string, () => Fields, Partial<Seen>]>([
    ['a token', () => ({ token: 'abc' }), { authorization: 'Bearer abc' }],
    ['a token file', () => ({ tokenFile: write('token', 'from-file\n') }), { authorization: 'Bearer from-file' }],
    [
      'a token file beside the kubeconfig, before a token',
      () => ({ token: 'old', tokenFile: basename(write('new', 'new')) }),
      { authorization: 'Bearer new' },
    ],
    [
      'user and password',
      () => ({ username: 'a', password: 'b:c' }),
      { authorization: `Basic ${Buffer.from('a:b:c').toString('base64')}` },
    ],
    [
      'an exec plugin that gives a token',
      () => ({ exec: exec(plugin(printCredential("{ token: 'made-' + process.env.WORD }"))) }),
      { authorization: 'Bearer made-here' },
    ],
    [
      'an exec plugin that gives a certificate',
      () => ({
        exec: exec(
          plugin(
            printCredential(JSON.stringify({ clientCertificateData: client.certificate, clientKeyData: client.key })),
          ),
        ),
      }),
      { certificate: 'someone' },
    ],
    [
      'a client certificate',
      () => ({
        'client-certificate-data': base64(client.certificate),
        'client-key-data': base64(client.key),
      }),
      { certificate: 'someone' },
    ],
    [
      'the files of a client certificate',
      () => ({
        'client-certificate': write('client.crt', client.certificate),
        'client-key': write('client.key', client.key),
      }),
      { certificate: 'someone' },
    ],
  ])('%s', async (_, user, seen) => {
    expect(await call({ kubeconfig: kubeconfig({ user: user() }) })).toEqual({ path: '/version', ...seen });
  });

  test.each([
    ['the namespace of the context', 'platform', 'platform'],
    ['the namespace default for a context without one', undefined, 'default'],
    ['the namespace default for a context with an empty one', '', 'default'],
  ])('%s, also while it retries', async (_, namespace, expected) => {
    const contexts = [{ name: 'one', context: { cluster: 'here', user: 'me', namespace } }];
    const cluster = await clusterFromKubeconfig({ kubeconfig: kubeconfig({ contexts }) });
    cluster.close();

    expect(cluster.namespace).toBe(expected);
    expect(retrying(cluster, 1000, () => {}).namespace).toBe(expected);
  });

  test("the path in the server's URL", async () => {
    const config = kubeconfig({ cluster: { server: `${server.url}/k8s/clusters/c-1/` } });

    expect((await call({ kubeconfig: config })).path).toBe('/k8s/clusters/c-1/version');
  });

  test('the tls-server-name', async () => {
    const config = kubeconfig({ cluster: { 'tls-server-name': 'kubernetes.test' } });

    expect((await call({ kubeconfig: config })).path).toBe('/version');
  });

  test('the proxy-url with its credentials', async () => {
    const proxy = await startProxy();
    try {
      const url = proxy.url.replace('//', '//me:word@');
      const seen = await call({ kubeconfig: kubeconfig({ cluster: { 'proxy-url': url } }) });

      expect(seen.authorization).toBe(`Bearer ${SECRET}`);
      expect(proxy.connects).toEqual([`${new URL(server.url).host} Basic ${base64('me:word')}`]);
    } finally {
      proxy.close();
    }
  });

  test('a proxy-url with the scheme socks5, together with a client certificate', async () => {
    const proxy = await startSocksProxy();
    try {
      const [certificate, key] = [base64(client.certificate), base64(client.key)];
      const user = { 'client-certificate-data': certificate, 'client-key-data': key };
      const seen = await call({ kubeconfig: kubeconfig({ cluster: { 'proxy-url': proxy.url }, user }) });

      expect(seen.certificate).toBe('someone');
      expect(proxy.connects).toEqual([new URL(server.url).host]);
    } finally {
      proxy.close();
    }
  });

  test('the same proxy for a connection with another certificate, and not its own credentials', async () => {
    const proxy = await startSocksProxy();
    const config = kubeconfig({ cluster: { 'proxy-url': proxy.url, 'tls-server-name': 'kubernetes.test' } });
    const own = await clusterFromKubeconfig({ kubeconfig: config });
    const other = own.connectAs?.({ cert: client.certificate, key: client.key }, 10_000);
    try {
      const seen = await other?.call({ purpose: 'read', method: 'GET', path: '/version' });

      expect(seen).toEqual({ path: '/version', certificate: 'someone' });
      expect(proxy.connects).toEqual([new URL(server.url).host]);
    } finally {
      for (const one of [own, other, proxy]) one?.close();
    }
  });

  test('the CA, and returns it as certificateAuthority', async () => {
    const { certificate } = server.authority;
    const file = { 'certificate-authority-data': undefined, 'certificate-authority': write('ca.crt', certificate) };

    for (const cluster of [{}, file]) {
      const found = await clusterFromKubeconfig({ kubeconfig: kubeconfig({ cluster }) });
      expect(found.certificateAuthority).toBe(certificate);
      found.close();
    }
  });
});

describe('a cluster rejects a server certificate', () => {
  const untrusted: readonly (readonly [string, () => Fields])[] = [
    ['of another CA', () => ({ server: stranger.url })],
    ['without a CA to verify it with', () => ({ 'certificate-authority-data': undefined })],
    ['for another name', () => ({ server: server.url.replace('127.0.0.1', 'localhost') })],
    ['for another name than tls-server-name', () => ({ 'tls-server-name': 'elsewhere.test' })],
  ];

  test.each(untrusted)('%s, with ERR_EGGTOOTH_CA', async (_, cluster) => {
    expect(await errorOf({ kubeconfig: kubeconfig({ cluster: cluster() }) })).toMatchObject({
      code: 'ERR_EGGTOOTH_CA',
    });
  });

  test.each(untrusted)('%s, despite NODE_TLS_REJECT_UNAUTHORIZED=0', async (_, cluster) => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');

    expect(await errorOf({ kubeconfig: kubeconfig({ cluster: cluster() }) })).toMatchObject({
      code: 'ERR_EGGTOOTH_CA',
    });
  });

  test.each([
    ['HTTP', startProxy],
    ['SOCKS', startSocksProxy],
  ])('behind a proxy of kind %s', async (_, start) => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    const proxy = await start();
    try {
      const fault = [{ server: stranger.url }, { 'tls-server-name': 'elsewhere.test' }];
      for (const cluster of fault.map((fields) => ({ ...fields, 'proxy-url': proxy.url }))) {
        expect(await errorOf({ kubeconfig: kubeconfig({ cluster }) })).toMatchObject({ code: 'ERR_EGGTOOTH_CA' });
      }
      expect(proxy.connects).toHaveLength(2);
    } finally {
      proxy.close();
    }
  });
});

test('a cluster names the proxy that refuses to connect, with its answer', async () => {
  const refusing = http.createServer();
  refusing.on('connect', (_, socket: Duplex) => socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n'));
  await new Promise<void>((done) => refusing.listen(0, '127.0.0.1', done));
  const { port } = refusing.address() as AddressInfo;
  try {
    const cluster = { 'proxy-url': `http://127.0.0.1:${port}` };
    const error = await errorOf({ kubeconfig: kubeconfig({ cluster }) });

    expect(error.code).toBe('ERR_EGGTOOTH_UNREACHABLE');
    expect(error.message).toContain(`(through the proxy 127.0.0.1:${port}: it answered 407)`);
  } finally {
    refusing.close();
  }
});

describe('a cluster throws ERR_EGGTOOTH_UNREACHABLE when', () => {
  test.each<readonly [string, () => Fields, string]>([
    ['nothing listens', () => ({ server: 'https://127.0.0.1:1' }), 'ECONNREFUSED'],
    ['the name is unknown', () => ({ server: 'https://nowhere.invalid:6443' }), 'is unreachable'],
    [
      'nothing listens at the address of the proxy',
      () => ({ 'proxy-url': 'http://127.0.0.1:1' }),
      '(through the proxy 127.0.0.1:1: ECONNREFUSED)',
    ],
    [
      'nothing listens at the address of the SOCKS proxy',
      () => ({ 'proxy-url': 'socks5://127.0.0.1:1' }),
      '(through the proxy 127.0.0.1:1: ECONNREFUSED)',
    ],
    ['the proxy is not trusted', () => ({ 'proxy-url': stranger.url }), 'through the proxy 127.0.0.1:'],
  ])('%s', async (_, cluster, says) => {
    const error = await errorOf({ kubeconfig: kubeconfig({ cluster: cluster() }) });

    expect(error.code).toBe('ERR_EGGTOOTH_UNREACHABLE');
    expect(error.message).toContain(says);
  });
});
