import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { type Authority, createAuthority } from '../../../tools/control-plane/pki';

/** What the server got. */
export interface Got {
  readonly path: string;
  /** What the client asked for in the TLS handshake. */
  readonly serverName: string | null;
  /** commonName of the client certificate. */
  readonly certificate: string | null;
  readonly authorization: string | null;
  /** Headers that impersonate, each with all its values. */
  readonly impersonate: Readonly<Record<string, readonly string[]>>;
}

/** An HTTPS server that answers as the API server's /version, with what it got as the version. */
export interface PrintingServer {
  readonly port: number;
  readonly authority: Authority;
  /** Its own certificate. */
  readonly certificate: string;
  /** Paths of all calls. */
  readonly paths: readonly string[];
  /** How long it takes to answer, in milliseconds. */
  delay: number;
  close(): void;
}

/** The names and addresses that the certificate is for. All reach the server, but `api.test`, which only proxies know. */
const NAMES = ['api.test', 'sub.api.test', 'localhost'];
const ADDRESSES = ['127.0.0.1', '::1', '10.200.77.1'];

/** What kubectl asks for before it lists Pods. */
const DISCOVERY: Readonly<Record<string, object>> = {
  '/api': { kind: 'APIVersions', versions: ['v1'] },
  '/apis': { kind: 'APIGroupList', apiVersion: 'v1', groups: [] },
  '/api/v1': {
    kind: 'APIResourceList',
    groupVersion: 'v1',
    resources: [{ name: 'pods', singularName: 'pod', namespaced: true, kind: 'Pod', verbs: ['get', 'list'] }],
  },
};

export async function startPrintingServer(port = 0): Promise<PrintingServer> {
  const authority = await createAuthority('printing-ca');
  const { certificate, key } = await authority.signServer('printing', NAMES, ADDRESSES);
  const tls = { cert: certificate, key, ca: authority.certificate, requestCert: true, rejectUnauthorized: false };
  const paths: string[] = [];
  const server = https.createServer(tls, (request, response) => {
    const { pathname } = new URL(request.url ?? '', 'https://server.test');
    paths.push(pathname);
    const gitVersion = JSON.stringify(got(request.url ?? '', request.rawHeaders, request.socket as TLSSocket));
    const answer = DISCOVERY[pathname] ?? { kind: 'PodList', apiVersion: 'v1', metadata: {}, items: [], gitVersion };
    setTimeout(() => response.setHeader('content-type', 'application/json').end(JSON.stringify(answer)), started.delay);
  });
  await new Promise<void>((resolve) => server.listen(port, '::', resolve));
  const started = {
    port: (server.address() as AddressInfo).port,
    authority,
    certificate,
    paths,
    delay: 0,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  return started;
}

function got(path: string, rawHeaders: readonly string[], socket: TLSSocket): Got {
  const headers = rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [[name.toLowerCase(), rawHeaders[index + 1] ?? ''] as const] : [],
  );
  const impersonate: Record<string, string[]> = {};
  for (const [name, value] of headers.filter(([name]) => name.startsWith('impersonate-'))) {
    impersonate[name] = [...(impersonate[name] ?? []), Buffer.from(value, 'latin1').toString('utf8')];
  }
  return {
    path,
    // Node.js says false for none.
    serverName: (socket as { servername?: string | false }).servername || null,
    certificate: socket.authorized ? `${socket.getPeerCertificate().subject.CN}` : null,
    authorization: headers.find(([name]) => name === 'authorization')?.[1] ?? null,
    impersonate,
  };
}
