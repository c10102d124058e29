import type http from 'node:http';
import https from 'node:https';
import { errorOfAnswer, errorOfConnection, errorOfUnreadable } from './answers';
import { type ApiCall, type Cluster, isIdempotent } from './cluster';

/** The longest answer that is read, in bytes; the longest index that Flux reads is 50 MiB (--helm-index-max-size). */
const LONGEST_ANSWER = 64 << 20;

/** What a write meets on a connection that the other end has closed. */
const CLOSED: readonly string[] = ['ECONNRESET', 'EPIPE'];

const PROXIED = /^\/api\/v1\/namespaces\/[^/]+\/(pods|services)\/[^/]+\/proxy(\/|$)/;

/** How one API server is reached. */
export interface HttpsClusterOptions {
  readonly server: string;
  readonly agent: http.Agent;
  readonly headers?: Readonly<Record<string, string>>;
  readonly certificateAuthority?: string;
  /** How long one call may take, in milliseconds. */
  readonly timeout: number;
}

interface Answer {
  readonly status: number;
  /** `undefined` if it is too long. */
  readonly body: string | undefined;
}

/** A cluster over HTTPS; the agent carries the TLS identity, the headers any other. */
export class HttpsCluster implements Cluster {
  readonly server: string;
  readonly certificateAuthority?: string;

  constructor(private readonly options: HttpsClusterOptions) {
    this.server = options.server.replace(/\/$/, '');
    this.certificateAuthority = options.certificateAuthority;
  }

  async call(call: ApiCall): Promise<unknown> {
    const { status, body } = await this.exchange(call).catch((error: unknown) => {
      throw errorOfConnection(call, this.server, error);
    });
    if (body === undefined) throw errorOfUnreadable(call, this.server, status, `more than ${LONGEST_ANSWER >> 20} MiB`);
    if (status < 200 || status > 299) throw errorOfAnswer(call, this.server, status, body);
    const answer = tryParse(body);
    // Through its proxy the API server hands on what a backend says.
    if (PROXIED.test(call.path)) return answer ?? body;
    if (typeof answer !== 'object' || answer === null) {
      throw errorOfUnreadable(call, this.server, status, body === '' ? 'nothing' : 'something that is no JSON object');
    }
    return answer;
  }

  close(): void {
    this.options.agent.destroy();
  }

  /** A connection that the server closed between two calls is found out by the next one: it is made over another. */
  private async exchange(call: ApiCall): Promise<Answer> {
    const signal = AbortSignal.timeout(Math.min(this.options.timeout, call.timeout ?? Number.POSITIVE_INFINITY));
    for (;;) {
      const answer = await this.send(call, signal);
      if (answer !== undefined) return answer;
    }
  }

  /** Resolves to `undefined` if the connection was closed before, and it does no harm to make the call again. */
  private send(call: ApiCall, signal: AbortSignal): Promise<Answer | undefined> {
    const { agent } = this.options;
    const url = new URL(`${this.server}${call.path}`);
    for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.set(name, value);
    const payload = call.body === undefined ? undefined : Buffer.from(JSON.stringify(call.body));
    const headers = {
      accept: 'application/json',
      'user-agent': 'eggtooth',
      ...(payload && { 'content-type': call.contentType ?? 'application/json', 'content-length': payload.length }),
      ...this.options.headers,
    };
    return new Promise((resolve, reject) => {
      let isAnswered = false;
      const request = https.request(url, { method: call.method, agent, headers, signal }, (answer) => {
        isAnswered = true;
        read(answer).then((body) => resolve({ status: answer.statusCode ?? 0, body }), reject);
      });
      request.on('error', (error: NodeJS.ErrnoException) => {
        const wasClosed = request.reusedSocket && !isAnswered && CLOSED.includes(error.code ?? '');
        if (wasClosed && isIdempotent(call)) resolve(undefined);
        else reject(error);
      });
      request.end(payload);
    });
  }
}

/** All of an answer, unless it is too long: then the rest is not waited for. */
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

function tryParse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** A client certificate with its key, and the CAs that the API server is verified with; all PEM. */
export interface ClientIdentity {
  readonly cert: string;
  readonly key: string;
  readonly ca: string[];
}

/**
 * The API server as the holder of a client certificate meets it, over one connection.
 * @param timeout - of one call, in milliseconds
 */
export function clusterAs(server: string, identity: ClientIdentity, timeout: number): Cluster {
  const agent = new https.Agent({ ...identity, rejectUnauthorized: true, keepAlive: true, maxSockets: 1 });
  return new HttpsCluster({ server, agent, timeout });
}
