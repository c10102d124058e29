import { BlockList, isIP } from 'node:net';
import type { Cluster } from '../../cluster/cluster';
import { isSameServer } from './endpoints';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether a URL leads to the machine that uses it, which is a node if Flux does. */
export function isLoopback(url: string): boolean {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (isIP(host) === 0) return host === 'localhost' || host.endsWith('.localhost');
  return LOOPBACK.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4');
}

/**
 * Whether an endpoint is the same server here as on a node. One on the loopback of the nodes is not, unless the cluster is
 * connected to there: anybody's server may listen on this machine, and must not be sent the certificate.
 */
export function leadsHome(cluster: Pick<Cluster, 'server' | 'onNode'>, url: string): boolean {
  return !isLoopback(url) || cluster.onNode === true || isSameServer(cluster.server, url);
}
