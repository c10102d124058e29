import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cluster, createAuthority, startForwardProxy, startReverseProxy } from '../../../tools/control-plane';

/** Stand-ins for public hosts, which a sandbox can't reach. */
export interface PublicHosts {
  /** The environment in which a program of Go reaches the hosts at their own names and with TLS. */
  readonly env: Readonly<Record<'HTTPS_PROXY' | 'NO_PROXY' | 'SSL_CERT_FILE', string>>;
  /** The `HOST:PORT` that programs have asked for, in order. */
  readonly tunnels: readonly string[];
}

/** Serves `HOST:PORT` of a server on plain HTTP at the name of each public host, until the cluster stops. */
export async function startPublicHosts(
  cluster: Cluster,
  servers: Readonly<Record<string, string>>,
): Promise<PublicHosts> {
  const authority = await createAuthority('public');
  const proxied = Object.entries(servers).map(async ([name, target]) => {
    const { host, stop } = await startReverseProxy(target, cluster.address, { authority, hostnames: [name] });
    cluster.onStop(stop);
    return [`${name}:443`, host] as const;
  });
  const proxy = await startForwardProxy(cluster.address, Object.fromEntries(await Promise.all(proxied)));
  cluster.onStop(proxy.stop);
  const authorities = join(cluster.dir, 'public.crt');
  writeFileSync(authorities, authority.certificate);
  const env = { HTTPS_PROXY: proxy.url, NO_PROXY: cluster.address, SSL_CERT_FILE: authorities };
  return { env, tunnels: proxy.tunnels };
}
