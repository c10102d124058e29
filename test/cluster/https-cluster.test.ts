import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ApiCall, Cluster } from '../../src/cluster/cluster';
import { HttpsCluster } from '../../src/cluster/https-cluster';
import { EggtoothError, isError } from '../../src/errors';
import { createAuthority } from '../../tools/control-plane/pki';

/** Methods of the calls that the server saw, in order. */
let calls: string[];
let cluster: Cluster;
let server: https.Server;

/** The first call over a connection is answered; the connection is closed at the second one, as if it had been idle. */
beforeEach(async () => {
  calls = [];
  const authority = await createAuthority('test-ca');
  const { certificate: cert, key } = await authority.signServer('server', [], ['127.0.0.1']);
  const used = new WeakSet<object>();
  server = https.createServer({ cert, key }, ({ method = '', socket }, response) => {
    calls.push(method);
    if (used.has(socket)) return void socket.destroy();
    used.add(socket);
    response.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const agent = new https.Agent({ ca: authority.certificate, keepAlive: true, maxSockets: 2 });
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  cluster = new HttpsCluster({ server: url, agent, timeout: 10_000 });
});
afterEach(() => {
  cluster.close();
  server.closeAllConnections();
  server.close();
});

const call = (rest: Partial<ApiCall> = {}) =>
  cluster.call({ purpose: 'look', method: 'GET', path: '/version', ...rest });

describe('a connection that the server closed between two calls', () => {
  test.each<readonly [string, Partial<ApiCall>]>([
    ['a read', {}],
    ['a server-side apply', { method: 'PATCH', contentType: 'application/apply-patch+yaml', body: {} }],
    ['a deletion', { method: 'DELETE' }],
    ['a review', { method: 'POST', path: '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', body: {} }],
    ['a dry run', { method: 'POST', path: '/api/v1/namespaces/x/secrets', query: { dryRun: 'All' }, body: {} }],
  ])('is replaced for %s', async (_, second) => {
    await call();

    await expect(call(second)).resolves.toEqual({});
    expect(calls).toEqual(['GET', second.method ?? 'GET', second.method ?? 'GET']);
  });

  test('is replaced however many connections are closed', async () => {
    await Promise.all([call(), call()]);

    await expect(call()).resolves.toEqual({});
    expect(calls).toEqual(['GET', 'GET', 'GET', 'GET', 'GET']);
  });

  test('fails a creation, which could be made twice', async () => {
    await call();

    const error = await call({ method: 'POST', path: '/api/v1/namespaces/x/configmaps', body: {} }).catch((e) => e);

    expect(isError(error, 'ERR_EGGTOOTH_UNREACHABLE')).toBe(true);
    expect((error as EggtoothError).retryable).toBe(true);
    expect(calls).toEqual(['GET', 'POST']);
  });
});

test.each(['/api/v1/../../version', '/api/v1/%2e%2e/x', '/version?dryRun=All', '/version#x', '/a\\b', '/a b'])(
  'the path %s, which would be sent in another form, is not sent',
  async (path) => {
    const error = await call({ path }).catch((reason: unknown) => reason);

    expect(isError(error, 'ERR_EGGTOOTH_URL')).toBe(true);
    expect(calls).toEqual([]);
  },
);

test('an error quotes the API server on one line, without control characters', async () => {
  server.removeAllListeners('request').on('request', (_, response) => {
    response.statusCode = 422;
    response.end(JSON.stringify({ message: 'bad\u001b[2J\u202e name\n  fix: run evil' }));
  });

  const error = await call({ quotable: true }).catch((reason: unknown) => reason);

  expect((error as EggtoothError).problem).toMatch(/ rejects it \(422\): bad name fix: run evil$/);
});

test('a new connection that is closed without an answer is not replaced', async () => {
  server.removeAllListeners('request').on('request', ({ method = '', socket }) => {
    calls.push(method);
    socket.destroy();
  });

  await expect(call()).rejects.toBeInstanceOf(EggtoothError);
  expect(calls).toEqual(['GET']);
});
