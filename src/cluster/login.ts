import type http from 'node:http';

/** What a call is made with: an agent, which holds CA and client certificate, and headers with any other credentials. */
export interface Connection {
  readonly agent: http.Agent;
  readonly headers?: Readonly<http.OutgoingHttpHeaders>;
  /** How long the credentials may be used, in milliseconds. */
  readonly lifetime: number;
}

/**
 * Makes a connection.
 * @param limit - how long that may take, in milliseconds
 */
export type Connect = (limit: number) => Promise<Connection>;

interface Session {
  readonly connection: Connection;
  /** On the clock of `performance`, which nobody sets. */
  readonly end: number;
}

/**
 * Credentials that are read again when their time is over, or when the API server rejects them. Its fields are private,
 * so that nothing that prints objects shows a token or a key.
 */
export class Login {
  readonly #connect: Connect;
  readonly #limit: number;
  readonly #agents = new Set<http.Agent>();
  #session?: Promise<Session>;

  /** @param limit - how long one attempt may take by default, in milliseconds */
  constructor(connect: Connect, limit: number) {
    this.#connect = connect;
    this.#limit = limit;
  }

  /** The connection to use now. Calls at the same time share an attempt. */
  async current(limit?: number): Promise<Connection> {
    const session = await this.#session;
    if (session !== undefined && performance.now() < session.end) return session.connection;
    return this.renew(session?.connection, limit);
  }

  /**
   * Reads the credentials again, unless another call has done so.
   * @param rejected - the connection that is not to be used any longer
   */
  async renew(rejected: Connection | undefined, limit = this.#limit): Promise<Connection> {
    const known = this.#session;
    const session = await known;
    if (session !== undefined && session.connection !== rejected) return session.connection;
    if (this.#session !== known) return this.renew(rejected, limit);
    this.#session = this.#start(limit);
    return (await this.#session).connection;
  }

  /** Closes all connections. */
  close(): void {
    for (const agent of this.#agents) agent.destroy();
  }

  async #start(limit: number): Promise<Session> {
    try {
      const connection = await this.#connect(limit);
      this.#agents.add(connection.agent);
      return { connection, end: performance.now() + connection.lifetime };
    } catch (error) {
      this.#session = undefined;
      throw error;
    }
  }
}
