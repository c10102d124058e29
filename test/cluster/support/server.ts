import http from 'node:http';
import https from 'node:https';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { type Authority, createAuthority } from '../../../tools/control-plane/pki';

/** What the server saw of a call. */
export interface Seen {
  readonly path: string;
  readonly authorization?: string;
  /** commonName of the client certificate. */
  readonly certificate?: string;
}

/** A small HTTPS server that answers with what it saw, as JSON. */
export interface TestServer {
  readonly url: string;
  readonly authority: Authority;
  close(): void;
}

/** Starts the server. Its certificate is for 127.0.0.1 and `kubernetes.test`. */
export async function startServer(): Promise<TestServer> {
  const authority = await createAuthority('test-ca');
  const { certificate, key } = await authority.signServer('server', ['kubernetes.test'], ['127.0.0.1']);
  const tls = { cert: certificate, key, ca: authority.certificate, requestCert: true, rejectUnauthorized: false };
  const server = https.createServer(tls, ({ url = '', headers: { authorization }, socket }, response) => {
    const peer = (socket as TLSSocket).authorized ? (socket as TLSSocket).getPeerCertificate() : undefined;
    const seen: Seen = { path: url, authorization, certificate: peer && `${peer.subject.CN}` };
    response.end(JSON.stringify(seen));
  });
  const port = await listen(server);
  return { url: `https://127.0.0.1:${port}`, authority, close: () => closeAll(server) };
}

/** A proxy, which records where it connects to. It knows the addresses of names below `.test`. */
export interface TestProxy {
  readonly url: string;
  readonly connects: string[];
  close(): void;
}

/**
 * An HTTP proxy for CONNECT.
 * @param tls - of an HTTPS proxy
 */
export async function startProxy(tls?: https.ServerOptions): Promise<TestProxy> {
  const connects: string[] = [];
  const server = tls === undefined ? http.createServer() : https.createServer(tls);
  server.on('connect', ({ url = '', headers }: http.IncomingMessage, near: Duplex) => {
    connects.push([url, headers['proxy-authorization']].filter(Boolean).join(' '));
    const [, host = '', port] = /^(.*):(\d+)$/.exec(url) ?? [];
    join(
      near,
      dial(host.replace(/^\[|\]$/g, ''), Number(port), () => near.write('HTTP/1.1 200 OK\r\n\r\n')),
    );
  });
  const port = await listen(server);
  const scheme = tls === undefined ? 'http' : 'https';
  return { url: `${scheme}://127.0.0.1:${port}`, connects, close: () => closeAll(server) };
}

/** A SOCKS5 proxy (RFC 1928) without authentication, for IPv4 addresses and names. */
export async function startSocksProxy(): Promise<TestProxy> {
  const connects: string[] = [];
  const server = createServer((near) => {
    near.once('data', () => {
      near.write(Buffer.from([5, 0]));
      near.once('data', (request) => {
        const isName = request[3] === 3;
        const end = isName ? 5 + (request[4] ?? 0) : 8;
        const host = isName ? request.subarray(5, end).toString() : request.subarray(4, end).join('.');
        const port = request.readUInt16BE(end);
        connects.push(`${host}:${port}`);
        join(
          near,
          dial(host, port, () => near.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]))),
        );
      });
    });
  });
  const port = await listen(server);
  return { url: `socks5://127.0.0.1:${port}`, connects, close: () => server.close() };
}

function dial(host: string, port: number, onConnect: () => void): Duplex {
  return connect(port, host.endsWith('.test') ? '127.0.0.1' : host, onConnect);
}

function join(near: Duplex, far: Duplex): void {
  near.pipe(far).pipe(near);
  for (const [one, other] of [[near, far] as const, [far, near] as const]) one.on('error', () => other.destroy());
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function closeAll(server: http.Server | https.Server): void {
  server.closeAllConnections();
  server.close();
}
