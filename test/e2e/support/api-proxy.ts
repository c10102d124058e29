import { readFileSync } from 'node:fs';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { parse } from 'yaml';
import type { Cluster } from '../../../tools/control-plane';
import { createAuthority } from '../../../tools/control-plane/pki';

/** One request that went through the proxy, as it was sent. */
export interface SeenCall {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: string;
  readonly body: string;
  /** Who made the call, by the client certificate. */
  user?: string;
  /** What the API server answered. */
  answer?: string;
  /** Status of the answer. */
  status?: number;
}

/** A forged answer. */
export interface ForgedAnswer {
  readonly status: number;
  /** @default - application/json */
  readonly contentType?: string;
  readonly body: string | Iterable<Buffer>;
}

/**
 * What happens to a call: it passes, its connection is dropped, it is never answered, its answer is cut in the middle, it
 * is refused with a status, or its answer is forged.
 */
export type Fate = 'pass' | 'drop' | 'hold' | 'cut' | number | ForgedAnswer;

/** Decides on a call before the API server gets it, and again after the API server has answered. */
export type Interfere = (call: SeenCall, moment: 'before' | 'after') => Fate | Promise<Fate>;

/** A TLS proxy in front of the real API server. */
export interface ApiProxy {
  readonly url: string;
  readonly ca: string;
  /** What was sent since {@link ApiProxy.reset}, in order. */
  readonly calls: readonly SeenCall[];
  /** Decides on every call from now on; without a function all pass. */
  interfere(decide?: Interfere): void;
  /** Forgets the calls, and lets all pass. */
  reset(): void;
}

/**
 * Starts the proxy; it stops with the cluster. It terminates TLS, so the API server cannot see the client certificate: the
 * proxy verifies it against the cluster's CA and impersonates its user, groups and credential-id; it answers 401 if the CA
 * did not sign it.
 *
 * @param options.closing - close the connection after each answer to anybody but eggtooth, so that Flux keeps none
 */
export async function startApiProxy(cluster: Cluster, options: { readonly closing?: boolean } = {}): Promise<ApiProxy> {
  const authority = await createAuthority('api-proxy-ca');
  const serving = await authority.signServer('api-proxy', [], ['127.0.0.1']);
  const agent = await upstreamAgent(cluster);
  const calls: SeenCall[] = [];
  let decide: Interfere = () => 'pass';

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await read(request);
    const url = new URL(request.url ?? '/', cluster.url);
    const call: SeenCall = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: request.rawHeaders.join('\n'),
      body: body.toString('utf8'),
    };
    calls.push(call);
    const follow = (fate: Fate) => {
      if (fate === 'drop') request.socket.destroy();
      if (typeof fate === 'number') refuse(response, fate);
      if (typeof fate === 'object') forge(response, fate);
      return fate === 'pass' || fate === 'cut';
    };
    if (!follow(await decide(call, 'before'))) return;
    if (!(request.socket as TLSSocket).authorized) return refuse(response, 401);
    const identity = impersonation(request.socket as TLSSocket);
    call.user = String(identity['impersonate-user']);
    const headers = { ...request.headers, ...identity, host: url.host };
    const answer = await forward(url, { method: call.method, agent, headers }, body);
    call.answer = answer.body.toString('utf8');
    call.status = answer.status;
    const fate = await decide(call, 'after');
    if (!follow(fate)) return;
    const { connection: _, 'transfer-encoding': __, ...kept } = answer.headers;
    if (options.closing && !isOurs(call)) kept.connection = 'close';
    if (fate !== 'cut') return void response.writeHead(answer.status, kept).end(answer.body);
    response.writeHead(answer.status, { ...kept, 'content-length': answer.body.length });
    response.write(answer.body.subarray(0, answer.body.length / 2), () => request.socket.destroy());
  };

  const server = https.createServer(
    { cert: serving.certificate, key: serving.key, ca: cluster.ca, requestCert: true, rejectUnauthorized: false },
    (request, response) => {
      handle(request, response).catch(() => request.socket.destroy());
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cluster.onStop(async () => {
    server.closeAllConnections();
    server.close();
    agent.destroy();
  });
  const interfere = (next: Interfere = () => 'pass') => {
    decide = next;
  };
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ca: authority.certificate,
    calls,
    interfere,
    reset() {
      calls.length = 0;
      interfere();
    },
  };
}

/** Whether the command line or the library made a call, and not Flux. */
export const isOurs = ({ headers }: Pick<SeenCall, 'headers'>): boolean => /^user-agent\neggtooth$/im.test(headers);

function forge(response: ServerResponse, { status, contentType = 'application/json', body }: ForgedAnswer): void {
  response.writeHead(status, { 'content-type': contentType });
  if (typeof body === 'string') response.end(body);
  else
    Readable.from(body)
      .on('error', () => {})
      .pipe(response);
}

/** The proxy's own connection: an administrator's, so that it may impersonate. */
async function upstreamAgent(cluster: Cluster): Promise<https.Agent> {
  const user = 'api-proxy';
  await cluster.apply({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: user },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
  });
  const config: unknown = parse(readFileSync(await cluster.kubeconfigFor({ user }), 'utf8'));
  const { users } = config as { users: readonly { user: Record<string, string> }[] };
  const decode = (field: string) => Buffer.from(users[0]?.user[field] ?? '', 'base64');
  const [cert, key] = [decode('client-certificate-data'), decode('client-key-data')];
  return new https.Agent({ cert, key, ca: cluster.ca, keepAlive: true });
}

function impersonation(socket: TLSSocket): OutgoingHttpHeaders {
  const { subject, fingerprint256 } = socket.getPeerCertificate();
  const id = fingerprint256.replaceAll(':', '').toLowerCase();
  return {
    'impersonate-user': subject.CN,
    ...(subject.O !== undefined && { 'impersonate-group': [subject.O].flat() }),
    'impersonate-extra-authentication.kubernetes.io%2fcredential-id': `X509SHA256=${id}`,
  };
}

/** Refuses as the API server does, with a body that must not appear anywhere. */
function refuse(response: ServerResponse, code: number): void {
  const status = { apiVersion: 'v1', kind: 'Status', status: 'Failure', code, message: 'from the proxy of the test' };
  response.writeHead(code, { 'content-type': 'application/json', 'retry-after': '1' }).end(JSON.stringify(status));
}

function forward(
  url: URL,
  options: https.RequestOptions,
  body: Buffer,
): Promise<{ status: number; headers: OutgoingHttpHeaders; body: Buffer }> {
  return new Promise((resolve, reject) => {
    https
      .request(url, options, (answer) => {
        read(answer).then(
          (content) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: content }),
          reject,
        );
      })
      .on('error', reject)
      .end(body);
  });
}

async function read(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
