import { createServer } from 'node:http';
import { connect } from 'node:net';
import { isAllowed, type User } from './basic-auth';
import { listen } from './listen';

/** A proxy through which clients reach hosts that they cannot reach themselves. */
export interface ForwardProxy {
  readonly url: string;
  /** The `HOST:PORT` that clients asked for, in order. */
  readonly tunnels: readonly string[];
  stop(): Promise<void>;
}

/**
 * Starts a proxy for HTTPS, by the method CONNECT.
 * @param hosts the hosts that it reaches: `HOST:PORT` of the server, by the `HOST:PORT` that clients ask for
 * @param user the user that every client must be; by default everybody
 */
export async function startForwardProxy(
  address: string,
  hosts: Readonly<Record<string, string>>,
  user?: User,
): Promise<ForwardProxy> {
  const tunnels: string[] = [];
  const server = createServer((_, response) => response.writeHead(405).end());
  server.on('connect', ({ url = '', headers }, near, head) => {
    const [host, port] = hosts[url]?.split(':') ?? [];
    near.on('error', () => {});
    if (!isAllowed(headers, 'proxy-authorization', user)) {
      near.end('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="proxy"\r\n\r\n');
    } else if (host === undefined || port === undefined) {
      near.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    } else {
      tunnels.push(url);
      const far = connect(Number(port), host, () => {
        near.write('HTTP/1.1 200 Connection Established\r\n\r\n');
        far.write(head);
        near.pipe(far).pipe(near);
      });
      far.on('error', () => near.destroy());
      near.on('close', () => far.destroy());
    }
  });
  const { port, stop } = await listen(server, address, 0);
  return { url: `http://${address}:${port}`, tunnels, stop };
}
