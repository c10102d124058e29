import type { Credential, ReadableRepository } from '../../chain/credentials';
import { rightOf } from '../../chain/grants';
import type { ProxyRoute } from '../../chain/proxy-route';
import { reviewAccess, reviewIdentity, reviewRights } from '../../cluster/access-review';
import type { Cluster } from '../../cluster/cluster';
import { EggtoothError, isError, quote, undefinedOn } from '../../errors';
import { printRight } from '../../rights/right';
import { connectWith, type HeldCertificate } from '../secret/held-certificate';
import { type Check, type CheckOutcome, nameOf, runCheckAfterChange } from './check';
import { connectOwn, isSameServer } from './endpoints';
import { leadsHome } from './loopback';
import { namespacesOf } from './verify-rights';

/**
 * Checks that revoked users cannot read any longer. The API server is asked what it would allow, which needs no
 * certificate. With each old certificate, every index is tried and its rights are compared with those of the new user:
 * the new user is bound to its routes only, so its other rights are those of every authenticated user.
 *
 * @param credential - of the new user
 * @param users - the revoked ones
 * @param old - certificates that the API server accepts
 * @param connect - connects to an endpoint as the new user
 * @param timeout - of one call, in milliseconds
 */
export async function verifyRevoked(
  cluster: Cluster,
  { repositories }: Pick<Credential, 'repositories'>,
  users: readonly string[],
  old: readonly HeldCertificate[],
  connect: (url: string) => Cluster,
  timeout: number,
): Promise<readonly Check[]> {
  const routes = new Map(repositories.map(({ target: { route } }) => [route.toString(), route]));
  const asked = users.flatMap((user) => Array.from(routes.values(), (route) => verifyUserCut(cluster, user, route)));
  const urls = new Set(repositories.map(({ target }) => target.endpoint.url));
  const servers = old.flatMap((held) =>
    Array.from(urls, (url) => ({
      held,
      // Where the new certificate was verified: at the endpoint, or at the server of the kubeconfig.
      server: isSameServer(connect(url).server, url)
        ? connectWith(held, url, timeout)
        : connectOwn(cluster, { cert: held.certificate, key: held.privateKey.revealPem() }, timeout),
      fresh: connect(url),
      ofServer: repositories.filter(({ target }) => target.endpoint.url === url),
    })),
  );
  try {
    const tried = servers.flatMap(({ held, server, fresh, ofServer }) => [
      ...ofServer.map((repository) => verifyCertificateCut(cluster, held, repository, timeout)),
      verifyNoRights(server, fresh, ofServer),
    ]);
    return await Promise.all([...asked, ...tried]);
  } finally {
    for (const { server } of servers) server.close();
  }
}

/** Checks that RBAC does not let a user read through a route. */
export function verifyUserCut(cluster: Cluster, user: string, route: ProxyRoute): Promise<Check> {
  return runCheckAfterChange({ check: 'revoked-user', user, route: `${route}` }, async () => {
    const { allowed, reason } = await reviewAccess(cluster, user, rightOf(route), route.namespace);
    const why = reason === '' ? '' : `: ${reason}`;
    return { ok: !allowed, detail: allowed ? `may still get ${route}${why}` : `may not get ${route}` };
  });
}

/**
 * Checks that the index of a repository cannot be read with a certificate. It is tried at the endpoint; if that cannot be
 * reached from here, at the server of the kubeconfig.
 * @param timeout - of one call, in milliseconds
 */
export async function verifyCertificateCut(
  cluster: Cluster,
  held: HeldCertificate,
  { object, target }: Pick<ReadableRepository, 'object' | 'target'>,
  timeout: number,
): Promise<Check> {
  const { url } = target.endpoint;
  const own = connectOwn(cluster, { cert: held.certificate, key: held.privateKey.revealPem() }, timeout);
  const direct = leadsHome(cluster, url) ? connectWith(held, url, timeout) : own;
  const path = target.route.path(`${target.path}/index.yaml`);
  try {
    return await runCheckAfterChange({ check: 'revoked-certificate', repository: nameOf(object) }, async () => {
      const atEndpoint = await undefinedOn(readWith(direct, own, held.user, path), 'ERR_EGGTOOTH_UNREACHABLE');
      return atEndpoint ?? (await readWith(own, own, held.user, path));
    });
  } finally {
    direct.close();
    own.close();
  }
}

/**
 * Tries to read. A refusal only says something about the user if the API server knows it: a proxy in between may have
 * dropped the certificate. A certificate that no API server accepts reads nothing.
 */
async function readWith(server: Cluster, own: Cluster, user: string, path: string): Promise<CheckOutcome> {
  try {
    await server.call({ purpose: `read ${path} with the old certificate`, method: 'GET', path });
  } catch (error) {
    if (isError(error, 'ERR_EGGTOOTH_FORBIDDEN')) {
      const { name } = await reviewIdentity(server);
      return name === user
        ? { ok: true, detail: '403' }
        : { ok: false, detail: `403, which says nothing: ${server.server} identifies the holder as ${quote(name)}` };
    }
    if (isError(error, 'ERR_EGGTOOTH_UNAUTHORIZED')) {
      const known = await undefinedOn(reviewIdentity(own), 'ERR_EGGTOOTH_UNAUTHORIZED');
      return known?.name === user
        ? { ok: false, detail: `401, which says nothing: ${own.server} accepts the certificate` }
        : { ok: true, detail: '401' };
    }
    throw error;
  }
  return { ok: false, detail: `${server.server}${path} can still be read` };
}

/** Checks what the old certificate may do in the namespaces concerned beyond what every authenticated user may. */
function verifyNoRights(old: Cluster, fresh: Cluster, repositories: readonly ReadableRepository[]): Promise<Check> {
  const namespaces = namespacesOf(repositories);
  return runCheckAfterChange({ check: 'revoked-rights', endpoint: old.server }, async () => {
    let count = 0;
    for (const namespace of namespaces) {
      const [ofOld, everybody] = await Promise.all([listRights(old, namespace), listRights(fresh, namespace)]);
      // The routes are rights of the new user only.
      const routes = repositories.map(({ target: { route } }) => printRight(rightOf(route)));
      const beyond = [...ofOld].filter((right) => !everybody.has(right) || routes.includes(right));
      if (beyond.length > 0) return { ok: false, detail: `in ${namespace}: ${beyond.join(', ')}` };
      count += ofOld.size;
    }
    const where = namespaces.join(', ');
    return { ok: true, detail: `none in ${where}: all ${count} rights are those of every authenticated user` };
  });
}

async function listRights(server: Cluster, namespace: string): Promise<ReadonlySet<string>> {
  const { rights, incomplete } = await reviewRights(server, namespace);
  if (!incomplete) return new Set(rights.map(printRight));
  throw new EggtoothError('ERR_EGGTOOTH_VERIFICATION', 'the API server cannot list all rights of the user', {
    fix: 'check its other authorizers, for example a webhook',
  });
}
