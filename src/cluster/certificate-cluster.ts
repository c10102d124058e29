import https from 'node:https';
import type { Cluster } from './cluster';
import { HttpsCluster } from './https-cluster';

/** A client certificate with its key, and the CAs that the API server is verified with; all PEM. */
export interface ClientIdentity {
  readonly cert: string;
  readonly key: string;
  readonly ca: string[];
}

/**
 * The API server as the holder of a client certificate meets it, over one connection.
 * @param timeout - how long one call may take, in milliseconds
 */
export function clusterAs(server: string, identity: ClientIdentity, timeout: number): Cluster {
  const agent = new https.Agent({ ...identity, rejectUnauthorized: true, keepAlive: true, maxSockets: 1 });
  return new HttpsCluster({ server, agent, timeout });
}
