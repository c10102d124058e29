import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import { connect, isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import tls, { type ConnectionOptions } from 'node:tls';
import { hostOf } from './proxy-choice';

/** How long a proxy may take to connect, in milliseconds; the same as in client-go. */
const LIMIT = 30_000;

/** Where a tunnel leads. */
interface Target {
  readonly host: string;
  readonly port: number;
}

/** Connects to HTTPS servers through a proxy: an HTTP proxy by CONNECT, or a SOCKS 5 proxy, which resolves the name. */
export class TunnelAgent extends https.Agent {
  readonly #proxy: URL;
  readonly #abort = new AbortController();

  /** @param options - of TLS; the CA verifies an HTTPS proxy too */
  constructor(proxy: URL, options: https.AgentOptions) {
    super(options);
    this.#proxy = proxy;
  }

  override createConnection(
    options: https.RequestOptions,
    callback?: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    const { host, port } = options;
    this.#open({ host: host ?? '', port: Number(port ?? 443) })
      .then((socket) => tls.connect({ ...(options as ConnectionOptions), socket }))
      .then(
        (socket) => callback?.(null, socket),
        // The types want a socket beside an error, too.
        (error: Error) => (callback as ((error: Error) => void) | undefined)?.(error),
      );
  }

  override destroy(): void {
    this.#abort.abort();
    super.destroy();
  }

  #open(target: Target): Promise<Socket> {
    return this.#proxy.protocol.startsWith('socks') ? this.#openSocks(target) : this.#openHttp(target);
  }

  #openHttp({ host, port }: Target): Promise<Socket> {
    const { protocol, port: proxyPort, username, password } = this.#proxy;
    const proxyHost = hostOf(this.#proxy);
    const path = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
    const credentials = [username, password].map(decodeURIComponent).join(':');
    const authorization = { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` };
    const { ca, rejectUnauthorized, allowPartialTrustChain } = this.options;
    const options: https.RequestOptions = {
      method: 'CONNECT',
      host: proxyHost,
      port: proxyPort || undefined,
      path,
      headers: { host: path, ...(username !== '' && authorization) },
      agent: false,
      signal: this.#abort.signal,
      // Otherwise Node.js would take the name of the target for that of the proxy.
      servername: isIP(proxyHost) === 0 ? proxyHost : '',
      ...{ ca, rejectUnauthorized, allowPartialTrustChain },
    };
    return new Promise((resolve, reject) => {
      const request = (protocol === 'https:' ? https : http).request(options);
      request.on('connect', ({ statusCode }, socket) => {
        socket.setTimeout(0);
        if (statusCode === 200) return resolve(socket);
        socket.destroy();
        reject(new Error(`the proxy answered ${statusCode}`));
      });
      request.on('response', ({ statusCode }) => reject(new Error(`the proxy answered ${statusCode}`)));
      request.setTimeout(LIMIT, () => request.destroy(new Error('the proxy did not answer in time')));
      request.on('error', reject).end();
    });
  }

  async #openSocks(target: Target): Promise<Socket> {
    const { SocksClient } = await import('./socks-client.js');
    const { username, password, port } = this.#proxy;
    const [host, proxyPort] = [hostOf(this.#proxy), Number(port || 1080)];
    const { signal } = this.#abort;
    const socket = connect({ host, port: proxyPort, signal });
    await once(socket, 'connect', { signal });
    const [userId, secret] = [username, password].map(decodeURIComponent);
    await SocksClient.createConnection({
      existing_socket: socket,
      proxy: { host, port: proxyPort, type: 5, ...(username !== '' && { userId, password: secret }) },
      command: 'connect',
      destination: target,
      timeout: LIMIT,
    });
    return socket;
  }
}
