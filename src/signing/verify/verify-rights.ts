import type { Credential, ReadableRepository } from '../../chain/credentials';
import { rightOf } from '../../chain/grants';
import { everybodyMay, reviewRights } from '../../cluster/access-review';
import type { Cluster } from '../../cluster/cluster';
import { isError } from '../../errors';
import { isDefaultRight, printRight, type Right } from '../../rights/right';
import { type CheckOutcome, nameOf } from './check';

/** How many rights a check names. */
const NAMED = 5;

/**
 * Compares the rights of a reader in every namespace of its chain with what it is meant to have: its routes, and what
 * every authenticated user may.
 *
 * @param cluster - is asked whether every authenticated user has a right that Kubernetes does not give to everybody
 * @param server - the API server, connected to with the certificate of the reader
 */
export async function compareRights(
  cluster: Cluster,
  server: Cluster,
  { repositories }: Pick<Credential, 'repositories'>,
): Promise<CheckOutcome> {
  const namespaces = namespacesOf(repositories);
  const meant = new Set(
    repositories.map(({ target: { route } }) => `${printRight(rightOf(route))} in ${route.namespace}`),
  );
  const isMeant = (right: Right, namespace: string) =>
    !('url' in right) && meant.has(`${printRight(right)} in ${namespace}`);
  const found = await Promise.all(
    namespaces.map(async (namespace) => {
      const { rights, incomplete } = await reviewRights(server, namespace);
      const others = rights.filter((right) => !isDefaultRight(right) && !isMeant(right, namespace));
      const beyond = await exceptEverybodys(cluster, others, namespace);
      return { incomplete, beyond: beyond.map(({ right, why }) => `${printRight(right)} in ${namespace}${why}`) };
    }),
  );
  const beyond = found.flatMap((one) => one.beyond);
  const where = namespaces.join(', ');
  if (beyond.length > 0) {
    const more = beyond.length > NAMED ? ` and ${beyond.length - NAMED} more` : '';
    return { ok: false, detail: `has rights beyond its routes: ${beyond.slice(0, NAMED).join(', ')}${more}` };
  }
  const partly = found.some(({ incomplete }) => incomplete);
  const limit = partly ? '; an authorizer other than RBAC may allow more, and cannot list it' : '';
  return { ok: true, detail: `none beyond its routes in ${where}${limit}` };
}

async function exceptEverybodys(
  cluster: Cluster,
  rights: readonly Right[],
  namespace: string,
): Promise<readonly { readonly right: Right; readonly why: string }[]> {
  const asked = await Promise.all(
    rights.map(async (right) => {
      try {
        return (await everybodyMay(cluster, right, namespace)) ? [] : [{ right, why: '' }];
      } catch (error) {
        if (!isError(error, 'ERR_EGGTOOTH_FORBIDDEN')) throw error;
        return [{ right, why: ' (create on subjectaccessreviews is forbidden, so others may have it too)' }];
      }
    }),
  );
  return asked.flat();
}

/** The namespaces of some repositories and of their routes. The Secrets are in those of the repositories. */
export function namespacesOf(repositories: readonly ReadableRepository[]): readonly string[] {
  return [...new Set(repositories.flatMap(({ object, target }) => [target.route.namespace, nameOf(object).namespace]))];
}
