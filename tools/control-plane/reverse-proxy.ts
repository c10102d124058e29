import { type IncomingMessage, request as requestOf, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { isAllowed, type User } from './basic-auth';
import { listen } from './listen';
import type { Authority } from './pki';

/** What a private server asks of its clients, and what they have to trust. */
export interface ReverseProxyOptions {
  /** Signs the certificate of the server. */
  readonly authority: Authority;
  /** Host names in the certificate, beside the address. */
  readonly hostnames?: readonly string[];
  /** The user that every client must be, with basic authentication. @default - everybody */
  readonly user?: User;
  /** Whether clients need a certificate that the authority has signed. @default false */
  readonly clientCertificates?: boolean;
  /** @default - a free port */
  readonly port?: number;
}

/** A server in front of one without TLS and authentication. */
export interface ReverseProxy {
  /** `HOST:PORT` */
  readonly host: string;
  readonly port: number;
  /** Method and path of every request, and the status of its answer, in order: `GET /index.yaml 200`. */
  readonly requests: readonly string[];
  stop(): Promise<void>;
}

/**
 * Puts TLS and authentication before a server on plain HTTP.
 * @param target `HOST:PORT` of the server
 */
export async function startReverseProxy(
  target: string,
  address: string,
  options: ReverseProxyOptions,
): Promise<ReverseProxy> {
  const { authority, hostnames = [], user, clientCertificates = false, port: wanted = 0 } = options;
  const { certificate: cert, key } = await authority.signServer('reverse-proxy', hostnames, [address]);
  const requests: string[] = [];
  const tls = { cert, key, ca: authority.certificate, requestCert: clientCertificates };
  const server = createServer(tls, (request, response) => {
    response.once('finish', () => requests.push(`${request.method} ${request.url} ${response.statusCode}`));
    if (isAllowed(request.headers, 'authorization', user)) {
      forward(target, request, response);
    } else {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="private"' }).end();
    }
  });
  const { port, stop } = await listen(server, address, wanted);
  return { host: `${address}:${port}`, port, requests, stop };
}

function forward(target: string, request: IncomingMessage, response: ServerResponse): void {
  const { method, url, headers } = request;
  const onward = requestOf(`http://${target}${url}`, { method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  request.pipe(onward);
}
