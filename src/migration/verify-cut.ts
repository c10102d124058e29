import { rootCertificates } from 'node:tls';
import { isSameSecret } from '../chain/links';
import type { ProxyRoute } from '../chain/proxy-route';
import type { ProxyUrl } from '../chain/proxy-url';
import { reviewAccess } from '../cluster/access-review';
import { clusterAs } from '../cluster/https-cluster';
import { Deadline, poll } from '../cluster/poll';
import { EggtoothError, isError } from '../errors';
import type { HeldCertificate } from '../signing/secret/held-certificate';
import type { Check } from '../signing/verify/verifier';
import type { Run } from '../up/run';
import type { Leftovers } from './leftovers';

/** How long the API server may take to notice that rights are gone, in milliseconds; it watches them. */
const NOTICE = 10_000;

/**
 * Shows that the users can read no longer: with the certificates that their Secrets held, and by asking the API server
 * what it would allow them, which needs no certificate.
 */
export async function verifyCut(
  run: Run,
  { users, routes, repositories }: Leftovers,
  certificates: readonly HeldCertificate[],
): Promise<readonly Check[]> {
  const read = repositories.flatMap(({ object, secret, target }) => {
    const held = certificates.find((one) => isSameSecret(one.secret, secret) && users.includes(one.user));
    if (held === undefined || target instanceof EggtoothError) return [];
    return [verifyUnreadable(run, `refused: index ${object.metadata.namespace}/${object.metadata.name}`, target, held)];
  });
  const asked = users.flatMap((user) => routes.map((route) => verifyForbidden(run, user, route)));
  return Promise.all([...read, ...asked]);
}

/** Reads the index as Flux did: same URL, same certificate, same CAs. */
async function verifyUnreadable(
  run: Run,
  check: string,
  { endpoint, route, path }: ProxyUrl,
  held: HeldCertificate,
): Promise<Check> {
  const identity = { cert: held.certificate, key: held.privateKey.revealPem(), ca: [...rootCertificates, held.ca] };
  const server = clusterAs(endpoint.url, identity, run.deadline.left);
  const index = route.path(`${path}/index.yaml`);
  const call = { purpose: `read ${index} with the old certificate`, method: 'GET', path: index } as const;
  const look = async () => {
    try {
      await server.call(call);
    } catch (error) {
      if (isError(error, 'ERR_EGGTOOTH_FORBIDDEN')) return { ok: true, detail: '403' };
      if (isError(error, 'ERR_EGGTOOTH_UNAUTHORIZED')) return { ok: true, detail: '401' };
      throw error;
    }
    return { ok: false, detail: `${endpoint.url}${index} can still be read` };
  };
  return untilOk(check, look).finally(() => server.close());
}

async function verifyForbidden({ cluster }: Run, user: string, route: ProxyRoute): Promise<Check> {
  const { namespace, resource, segment } = route;
  return untilOk(`refused: user ${user}`, async () => {
    const attributes = { namespace, verb: 'get', group: '', resource, subresource: 'proxy', name: segment };
    const { allowed } = await reviewAccess(cluster, user, attributes);
    return { ok: !allowed, detail: `${allowed ? 'may still' : 'may not'} get ${route}` };
  });
}

type Seen = Omit<Check, 'check'>;

/** What cannot be tried is not verified. */
async function untilOk(check: string, look: () => Promise<Seen>): Promise<Check> {
  const attempt = () =>
    look().catch((error: unknown): Seen => {
      if (error instanceof EggtoothError) return { ok: false, detail: error.problem };
      throw error;
    });
  return { check, ...(await poll(new Deadline(NOTICE), attempt, ({ ok }) => ok)) };
}
