import type http from 'node:http';
import https from 'node:https';
import { isDeepStrictEqual } from 'node:util';
import { EggtoothError } from '../errors';
import { errorOfAnswer, errorOfConnection, errorOfUnreadable, parseJson } from './answers';
import { type ApiCall, type ClientCertificate, type Cluster, isIdempotent } from './cluster';
import { type Connection, Login } from './login';
import { Deadline } from './poll';

/** The longest answer that is read, in bytes. Flux reads indexes of up to 50 MiB (`--helm-index-max-size`). */
const LONGEST_ANSWER = 64 << 20;

/** Errors of a request over a connection that the server has closed. */
const CLOSED: readonly string[] = ['ECONNRESET', 'EPIPE'];

const PROXIED = /^\/api\/v1\/namespaces\/[^/]+\/(pods|services)\/[^/]+\/proxy(\/|$)/;

/** Options for {@link HttpsCluster}: with credentials that stay the same, or with a login. */
export type HttpsClusterOptions = {
  readonly server: string;
  /** @default 'default' */
  readonly namespace?: string;
  readonly certificateAuthority?: string;
  readonly context?: string;
  readonly onNode?: boolean;
  /** How long one call may take, in milliseconds; `Infinity` for no limit. */
  readonly timeout: number;
  readonly connectAs?: Cluster['connectAs'];
} & (Omit<Connection, 'lifetime'> | { readonly login: Login });

interface Answer {
  readonly status: number;
  /** `undefined` if it is longer than the limit. */
  readonly body: string | undefined;
  /** The header Date. */
  readonly date?: string;
}

/**
 * A cluster over HTTPS. Its credentials are in private fields, so that nothing that prints objects shows a token or a key.
 */
export class HttpsCluster implements Cluster {
  readonly server: string;
  readonly namespace: string;
  readonly certificateAuthority?: string;
  readonly context?: string;
  readonly onNode?: boolean;
  readonly connectAs?: NonNullable<Cluster['connectAs']>;
  readonly #timeout: number;
  readonly #login: Login;
  /** How far the clock of the API server is ahead of this machine's, in milliseconds. */
  #ahead = 0;

  constructor(options: HttpsClusterOptions) {
    this.server = options.server.replace(/\/$/, '');
    this.namespace = options.namespace ?? 'default';
    this.certificateAuthority = options.certificateAuthority;
    this.context = options.context;
    this.onNode = options.onNode;
    if (options.connectAs !== undefined) this.connectAs = options.connectAs;
    this.#timeout = options.timeout;
    this.#login = 'login' in options ? options.login : fixedLogin(options);
  }

  async call(call: ApiCall): Promise<unknown> {
    const url = this.urlOf(call);
    const deadline = new Deadline(call.timeout ?? Number.POSITIVE_INFINITY);
    const limit = () => (call.timeout === undefined ? undefined : deadline.left);
    const connection = await this.#login.current(limit());
    let answer = await this.exchange(call, url, connection, limit());
    if (answer.status === 401) {
      const renewed = await this.#login.renew(connection, limit());
      if (!isDeepStrictEqual(renewed.headers, connection.headers) || renewed.agent !== connection.agent) {
        answer = await this.exchange(call, url, renewed, limit());
      }
    }
    return this.read(call, answer);
  }

  close(): void {
    this.#login.close();
  }

  private read(call: ApiCall, { status, body }: Answer): unknown {
    if (body === undefined) throw errorOfUnreadable(call, this.server, status, `more than ${LONGEST_ANSWER >> 20} MiB`);
    if (status < 200 || status > 299) throw errorOfAnswer(call, this.server, status, body);
    if (call.start !== undefined) return body;
    const answer = parseJson(body);
    // The API server's proxy returns what the backend answers, which may be anything.
    if (PROXIED.test(call.path)) return answer ?? body;
    if (typeof answer !== 'object' || answer === null) {
      throw errorOfUnreadable(
        call,
        this.server,
        status,
        body === '' ? 'nothing' : 'something other than a JSON object',
      );
    }
    return answer;
  }

  now(): Date {
    return new Date(Date.now() + this.#ahead);
  }

  /** The URL parser would resolve `..`, and end the path at `?` or `#`: what is sent must be what was asked for. */
  private urlOf({ purpose, path, query = {}, object }: ApiCall): URL {
    const url = new URL(`${this.server}${path}`);
    if (!url.pathname.endsWith(path)) {
      const fix = 'pass the path percent-encoded, without . and .. and without a query';
      throw new EggtoothError('ERR_EGGTOOTH_URL', `cannot ${purpose}: invalid path: ${JSON.stringify(path)}`, {
        fix,
        object,
      });
    }
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return url;
  }

  /** A connection that the server closed while it was idle fails the next call, which is then made over another one. */
  private async exchange(
    call: ApiCall,
    url: URL,
    connection: Connection,
    limit = Number.POSITIVE_INFINITY,
  ): Promise<Answer> {
    const longest = Math.min(this.#timeout, limit);
    const signal = Number.isFinite(longest) ? AbortSignal.timeout(longest) : undefined;
    try {
      for (;;) {
        const answer = await send(call, url, connection, signal);
        if (answer === undefined) continue;
        // Through its proxy, the API server passes the headers of the backend on.
        if (!PROXIED.test(call.path)) this.noteTime(answer.date);
        return answer;
      }
    } catch (error) {
      throw errorOfConnection(call, this.server, error);
    }
  }

  /** The header has whole seconds. */
  private noteTime(date: string | undefined): void {
    const time = Date.parse(date ?? '');
    if (!Number.isNaN(time)) this.#ahead = time - Date.now();
  }
}

function fixedLogin({ agent, headers }: Omit<Connection, 'lifetime'>): Login {
  const connection = { agent, headers, lifetime: Number.POSITIVE_INFINITY };
  return new Login(async () => connection, 0);
}

/** Resolves to `undefined` if the connection was already closed and the call may be repeated. */
function send(
  call: ApiCall,
  url: URL,
  connection: Connection,
  signal: AbortSignal | undefined,
): Promise<Answer | undefined> {
  const { agent } = connection;
  const payload = call.body === undefined ? undefined : Buffer.from(JSON.stringify(call.body));
  const headers = {
    accept: 'application/json',
    'user-agent': 'eggtooth',
    ...(payload && { 'content-type': call.contentType ?? 'application/json', 'content-length': payload.length }),
    ...connection.headers,
  };
  return new Promise((resolve, reject) => {
    let isAnswered = false;
    const request = https.request(url, { method: call.method, agent, headers, signal }, (answer) => {
      isAnswered = true;
      const { statusCode: status = 0 } = answer;
      const text = status === 200 && call.start !== undefined ? readStart(answer, call.start) : read(answer);
      text.then((body) => resolve({ status, body, date: answer.headers.date }), reject);
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      const wasClosed = request.reusedSocket && !isAnswered && CLOSED.includes(error.code ?? '');
      if (wasClosed && isIdempotent(call)) resolve(undefined);
      else reject(error);
    });
    request.end(payload);
  });
}

/** Reads a body; `undefined` as soon as it is longer than the limit. */
async function read(answer: http.IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer) {
    length += chunk.length;
    if (length > LONGEST_ANSWER) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Reads the first bytes of a body, and ends the connection if there are more. */
async function readStart(answer: http.IncomingMessage, count: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer) {
    length += chunk.length;
    chunks.push(chunk);
    if (length >= count) break;
  }
  return Buffer.concat(chunks).toString('latin1', 0, count);
}

/** A client certificate with its key, and the CAs that verify the API server; all PEM. */
export interface ClientIdentity extends ClientCertificate {
  readonly ca: string[];
}

/** Go, and so Flux, trusts every certificate in a list of CAs, also one that another CA signed. */
export const VERIFYING = { rejectUnauthorized: true, allowPartialTrustChain: true } as const;

/**
 * Connects to an API server with a client certificate, over one connection.
 * @param timeout - of one call, in milliseconds
 */
export function clusterAs(server: string, identity: ClientIdentity, timeout: number): Cluster {
  const agent = new https.Agent({ ...identity, ...VERIFYING, keepAlive: true, maxSockets: 1 });
  return new HttpsCluster({ server, agent, timeout });
}
