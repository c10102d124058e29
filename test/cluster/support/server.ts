import http from 'node:http';
import https from 'node:https';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
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

/** An HTTP proxy for CONNECT, which records where it connects to. */
export async function startProxy(): Promise<{ url: string; connects: string[]; close(): void }> {
  const connects: string[] = [];
  const server = http.createServer();
  server.on('connect', ({ url = '', headers }, near) => {
    connects.push([url, headers['proxy-authorization']].filter(Boolean).join(' '));
    const [host, port] = url.split(':');
    const far = connect(Number(port), host, () => near.write('HTTP/1.1 200 OK\r\n\r\n'));
    near.pipe(far).pipe(near);
    for (const [one, other] of [[near, far] as const, [far, near] as const]) one.on('error', () => other.destroy());
  });
  const port = await listen(server);
  return { url: `http://127.0.0.1:${port}`, connects, close: () => closeAll(server) };
}

/** A SOCKS5 proxy (RFC 1928) without authentication, which records where it connects to. */
export async function startSocksProxy(): Promise<{ url: string; connects: string[]; close(): void }> {
  const connects: string[] = [];
  const server = createServer((near) => {
    near.once('data', () => {
      near.write(Buffer.from([5, 0]));
      near.once('data', (request) => {
        const host = request.subarray(4, 8).join('.');
        const port = request.readUInt16BE(8);
        connects.push(`${host}:${port}`);
        const far = connect(port, host, () => near.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0])));
        near.pipe(far).pipe(near);
        for (const [one, other] of [[near, far] as const, [far, near] as const]) one.on('error', () => other.destroy());
      });
    });
  });
  const port = await listen(server);
  return { url: `socks5://127.0.0.1:${port}`, connects, close: () => server.close() };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function closeAll(server: http.Server | https.Server): void {
  server.closeAllConnections();
  server.close();
}
