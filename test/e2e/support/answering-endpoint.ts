import https from 'node:https';
import { type AddressInfo, createServer, type Server } from 'node:net';
import type { Cluster } from '../../../tools/control-plane';
import { createAuthority, type KeyPair } from '../../../tools/control-plane/pki';

/** An endpoint that is no API server. */
export interface AnsweringEndpoint {
  readonly url: string;
  /** The CA that signed its certificate. */
  readonly ca: string;
}

/** Starts an endpoint that answers every request in the same way; it stops with the cluster. */
export async function answeringEndpoint(
  cluster: Cluster,
  { status = 200, contentType = 'application/json', body = '{}', usage = 'server' }: EndpointAnswer,
): Promise<AnsweringEndpoint> {
  const authority = await createAuthority('endpoint-ca');
  const { certificate, key }: KeyPair =
    usage === 'server'
      ? await authority.signServer('endpoint', ['localhost'], [cluster.address])
      : await authority.signClient({ user: 'endpoint' });
  const server = https.createServer({ cert: certificate, key }, (_, response) => {
    response.writeHead(status, { 'content-type': contentType }).end(body);
  });
  return { url: await listen(cluster, server), ca: authority.certificate };
}

/** What an endpoint answers. */
export interface EndpointAnswer {
  readonly status?: number;
  readonly contentType?: string;
  readonly body?: string;
  /** What its certificate is for. */
  readonly usage?: 'server' | 'client';
}

/** Starts an endpoint that does not speak TLS; it stops with the cluster. */
export async function plainEndpoint(cluster: Cluster): Promise<string> {
  return listen(
    cluster,
    createServer((socket) => socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n\r\n')),
  );
}

async function listen(cluster: Cluster, server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, cluster.address, resolve));
  server.unref();
  cluster.onStop(async () => {
    server.close();
  });
  return `https://${cluster.address}:${(server.address() as AddressInfo).port}`;
}
