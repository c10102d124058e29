import { rootCertificates } from 'node:tls';
import type { Credential, ReadableRepository } from '../../chain/credentials';
import { reviewAccess, reviewRights } from '../../cluster/access-review';
import type { Cluster } from '../../cluster/cluster';
import { clusterAs } from '../../cluster/https-cluster';
import { isError } from '../../errors';
import type { HeldCertificate } from '../secret/held-certificate';
import { soon } from './soon';
import type { Check } from './verifier';

/** How long the API server may take to notice that rights are gone, in milliseconds; it watches them. */
const NOTICE = 10_000;

/**
 * Shows that a revoked user can read no longer: the API server is asked what it would allow, which needs no certificate;
 * and with the old certificate, if it is at hand, every index is tried, and all rights are listed beside those of the new
 * user. That one is bound to its route alone, so what it has beyond that is what every authenticated user has.
 *
 * @param user - the revoked one
 * @param fresh - connects as the new user
 */
export async function verifyRevoked(
  cluster: Cluster,
  { repositories }: Credential,
  user: string,
  old: HeldCertificate | undefined,
  fresh: (url: string) => Cluster,
  timeout: number,
): Promise<readonly Check[]> {
  const asked = repositories.map((repository) => verifyNotAllowed(cluster, user, repository));
  if (old === undefined) return Promise.all(asked);
  const servers = new Map<string, Cluster>();
  for (const { target } of repositories) {
    const { url } = target.endpoint;
    const identity = { cert: old.certificate, key: old.privateKey.revealPem(), ca: [...rootCertificates, old.ca] };
    if (!servers.has(url)) servers.set(url, clusterAs(url, identity, timeout));
  }
  try {
    const tried = repositories.flatMap((one) => {
      const server = servers.get(one.target.endpoint.url);
      return server === undefined ? [] : [verifyUnreadable(server, one)];
    });
    const listed = Array.from(servers, ([url, server]) => {
      const ofUrl = repositories.filter(({ target }) => target.endpoint.url === url);
      return verifyNoRights(server, fresh(url), ofUrl);
    });
    return await Promise.all([...asked, ...tried, ...listed]);
  } finally {
    for (const server of servers.values()) server.close();
  }
}

function verifyNotAllowed(cluster: Cluster, user: string, { object, target }: ReadableRepository): Promise<Check> {
  const { namespace, resource, segment } = target.route;
  const check = `revoked: ${user} may not read ${object.metadata.namespace}/${object.metadata.name}`;
  const resourceAttributes = { namespace, verb: 'get', group: '', resource, subresource: 'proxy', name: segment };
  return soon(check, NOTICE, async () => {
    const { allowed, reason } = await reviewAccess(cluster, user, resourceAttributes);
    return { ok: !allowed, detail: allowed ? reason || 'allowed' : 'not allowed' };
  });
}

function verifyUnreadable(server: Cluster, { object, target }: ReadableRepository): Promise<Check> {
  const { namespace, name } = object.metadata;
  const path = target.route.path(`${target.path}/index.yaml`);
  return soon(`revoked: the old certificate at index ${namespace}/${name}`, NOTICE, async () => {
    try {
      await server.call({ purpose: `read ${path} with the old certificate`, method: 'GET', path });
    } catch (error) {
      if (isError(error, 'ERR_EGGTOOTH_FORBIDDEN')) return { ok: true, detail: '403' };
      if (isError(error, 'ERR_EGGTOOTH_UNAUTHORIZED')) return { ok: true, detail: '401' };
      throw error;
    }
    return { ok: false, detail: `${server.server}${path} can still be read` };
  });
}

/** What the old certificate may do in the namespaces concerned, beyond what every authenticated user may. */
function verifyNoRights(old: Cluster, fresh: Cluster, repositories: readonly ReadableRepository[]): Promise<Check> {
  const namespaces = new Set(
    repositories.flatMap(({ object, target }) => [target.route.namespace, object.metadata.namespace ?? 'default']),
  );
  return soon(`revoked: other rights of the old certificate at ${old.server}`, NOTICE, async () => {
    let count = 0;
    for (const namespace of namespaces) {
      const [ofOld, everybody] = await Promise.all([reviewRights(old, namespace), reviewRights(fresh, namespace)]);
      // The new user's route is no right of everybody.
      const routes = repositories.map(({ target: { route } }) => `get /${route.resource}/proxy ${route.segment}`);
      const beyond = [...ofOld].filter((right) => !everybody.has(right) || routes.includes(right));
      if (beyond.length > 0) return { ok: false, detail: `in ${namespace}: ${beyond.join(', ')}` };
      count += ofOld.size;
    }
    const where = [...namespaces].join(', ');
    return { ok: true, detail: `none in ${where}: ${count} rights, all of them those of every authenticated user` };
  });
}
