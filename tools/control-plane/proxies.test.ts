import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { basicAuth } from './basic-auth';
import { stopStack } from './cluster';
import { serveFolder } from './file-server';
import { startForwardProxy } from './forward-proxy';
import { type Authority, createAuthority } from './pki';
import { type ReverseProxyOptions, startReverseProxy } from './reverse-proxy';

const address = '127.0.0.1';
const user = { username: 'flux', password: 'a:b' };
const target = `${address}:8198`;
const stops = stopStack();
let authority: Authority;

beforeAll(async () => {
  authority = await createAuthority('private');
  const folder = mkdtempSync(join(tmpdir(), 'proxies-'));
  stops.onStop(async () => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'index.yaml'), 'entries: {}\n');
  stops.onStop((await serveFolder(folder, address, 8198)).stop);
});
afterAll(() => stops.stop());

async function privateServer(options: Omit<ReverseProxyOptions, 'authority'> = {}) {
  const server = await startReverseProxy(target, address, { authority, ...options });
  stops.onStop(server.stop);
  return server;
}

function get(port: number, options: https.RequestOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = https.get({ host: address, port, path: '/index.yaml', agent: false, ...options }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve(`${response.statusCode} ${body.trim()}`.trim()));
    });
    request.on('error', reject);
  });
}

describe('a reverse proxy', () => {
  test('serves its target to clients that trust its authority, and records it', async () => {
    const { port, requests } = await privateServer();

    await expect(get(port)).rejects.toThrow('self-signed certificate');
    expect(await get(port, { ca: authority.certificate })).toBe('200 entries: {}');
    expect(requests).toEqual(['GET /index.yaml 200']);
  });

  test('serves only the user', async () => {
    const { port, requests } = await privateServer({ user });
    const as = (password: string) => ({
      ca: authority.certificate,
      headers: { authorization: basicAuth({ ...user, password }) },
    });

    expect(await get(port, { ca: authority.certificate })).toBe('401');
    expect(await get(port, as('wrong'))).toBe('401');
    expect(await get(port, as(user.password))).toBe('200 entries: {}');
    expect(requests).toEqual(['GET /index.yaml 401', 'GET /index.yaml 401', 'GET /index.yaml 200']);
  });

  test('serves only clients with a certificate of its authority', async () => {
    const { port } = await privateServer({ clientCertificates: true });
    const signedBy = async (signer: Authority) => {
      const { certificate, key } = await signer.signClient({ user: 'flux' });
      return { ca: authority.certificate, cert: certificate, key };
    };

    expect(await get(port, await signedBy(authority))).toBe('200 entries: {}');
    await expect(get(port, { ca: authority.certificate })).rejects.toThrow();
    await expect(get(port, await signedBy(await createAuthority('private')))).rejects.toThrow();
  });
});

describe('a forward proxy', () => {
  const port = 9;

  /** Asks for a tunnel, and returns the status of the answer, or the answer of the server at the end of the tunnel. */
  function throughProxy(url: string, host: string, headers: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(Number(new URL(url).port), address, () =>
        socket.write(`CONNECT ${host}:${port} HTTP/1.1\r\nHost: ${host}:${port}\r\n${headers}\r\n`),
      );
      socket.once('data', (data) => {
        const [, status = ''] = data.toString().split(' ');
        if (status !== '200') return resolve(status);
        const tls = connectTls({ socket, host, ca: authority.certificate });
        get(port, { createConnection: () => tls, agent: undefined }).then(resolve, reject);
      });
      socket.on('error', reject);
    });
  }

  test('tunnels to the hosts that it knows, for its user, and records them', async () => {
    const server = await privateServer();
    const proxy = await startForwardProxy(address, { [`${address}:${port}`]: server.host }, user);
    stops.onStop(proxy.stop);
    const authorization = `Proxy-Authorization: ${basicAuth(user)}\r\n`;

    expect(await throughProxy(proxy.url, address, '')).toBe('407');
    expect(await throughProxy(proxy.url, 'other.example', authorization)).toBe('502');
    expect(await throughProxy(proxy.url, address, authorization)).toBe('200 entries: {}');
    expect(proxy.tunnels).toEqual([`${address}:${port}`]);
  });
});
