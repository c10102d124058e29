import { rootCertificates } from 'node:tls';
import { fieldAt } from '../chain/fields';
import { isSameSecret, type RepositoryLink } from '../chain/links';
import { clusterAs } from '../cluster/certificate-cluster';
import { Deadline } from '../cluster/deadline';
import { EggtoothError, isError } from '../errors';
import type { ProxyRoute } from '../proxy-route';
import type { HeldCertificate } from '../signing/held-certificate';
import type { ProofCheck } from '../signing/prove';
import type { Run } from '../up/run';
import type { Remains } from './remains';
import { until } from './until';

/** How long the API server may take to notice that rights are gone, in milliseconds; it watches them. */
const NOTICE = 10_000;

/**
 * Shows that the users can read no longer: with the certificates that their Secrets held, and by asking the API server
 * what it would allow them, which needs no certificate.
 */
export async function proveCut(
  run: Run,
  { users, routes, repositories }: Remains,
  certificates: readonly HeldCertificate[],
): Promise<readonly ProofCheck[]> {
  const read = repositories.flatMap((repository) => {
    const held = certificates.find(
      ({ secret, user }) => isSameSecret(secret, repository.secret) && users.includes(user),
    );
    return held === undefined ? [] : [proveUnreadable(run, repository, held)];
  });
  const asked = users.flatMap((user) => routes.map((route) => proveForbidden(run, user, route)));
  return Promise.all([...read, ...asked]);
}

/** Reads the index as Flux did: same URL, same certificate, same CAs. */
async function proveUnreadable(
  run: Run,
  { object, target }: RepositoryLink,
  held: HeldCertificate,
): Promise<ProofCheck> {
  const check = `refused: index ${object.metadata.namespace}/${object.metadata.name}`;
  if (target instanceof EggtoothError)
    return { check, ok: true, detail: `its URL could not be read: ${target.problem}` };
  const { endpoint, route, path } = target;
  const identity = { cert: held.certificate, key: held.privateKey.revealPem(), ca: [...rootCertificates, held.ca] };
  const server = clusterAs(endpoint.url, identity, run.deadline.left);
  const index = route.path(`${path}/index.yaml`);
  try {
    return await untilOk(check, async () => {
      try {
        await server.call({ purpose: `read ${index} with the old certificate`, method: 'GET', path: index });
      } catch (error) {
        if (isError(error, 'ERR_EGGTOOTH_FORBIDDEN')) return { ok: true, detail: '403' };
        if (isError(error, 'ERR_EGGTOOTH_UNAUTHORIZED')) return { ok: true, detail: '401' };
        if (error instanceof EggtoothError) return { ok: false, detail: error.problem };
        throw error;
      }
      return { ok: false, detail: `${endpoint.url}${index} can still be read` };
    });
  } finally {
    server.close();
  }
}

async function proveForbidden({ cluster }: Run, user: string, route: ProxyRoute): Promise<ProofCheck> {
  const { namespace, resource, segment } = route;
  return untilOk(`refused: user ${user}`, async () => {
    const review = await cluster.call({
      purpose: 'ask the API server what it allows the user',
      method: 'POST',
      path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
      body: {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        spec: {
          user,
          groups: ['system:authenticated'],
          resourceAttributes: { namespace, verb: 'get', resource, subresource: 'proxy', name: segment },
        },
      },
    });
    const allowed = fieldAt(review, 'status', 'allowed') === true;
    return { ok: !allowed, detail: `${allowed ? 'may still' : 'may not'} get ${route}` };
  });
}

async function untilOk(check: string, look: () => Promise<Omit<ProofCheck, 'check'>>): Promise<ProofCheck> {
  return { check, ...(await until(new Deadline(NOTICE), look, ({ ok }) => ok)) };
}
