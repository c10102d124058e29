import type { Credential } from '../../chain/credentials';
import { isEverybodys, reviewRights } from '../../cluster/access-review';
import type { Cluster } from '../../cluster/cluster';
import { isError } from '../../errors';
import { isOfEveryUser, printRight, type Right } from '../../rights/right';
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
  { repositories, secrets }: Pick<Credential, 'repositories' | 'secrets'>,
): Promise<CheckOutcome> {
  const routes = repositories.map(({ target }) => target.route);
  const namespaces = new Set([
    ...routes.map(({ namespace }) => namespace),
    ...repositories.map(({ object }) => nameOf(object).namespace),
    ...secrets.map(({ namespace }) => namespace),
  ]);
  const isMeant = (right: Right, namespace: string) =>
    !('url' in right) &&
    right.verb === 'get' &&
    right.group === '' &&
    routes.some(
      (route) =>
        route.namespace === namespace && right.resource === `${route.resource}/proxy` && right.name === route.segment,
    );
  const found = await Promise.all(
    Array.from(namespaces, async (namespace) => {
      const { rights, incomplete } = await reviewRights(server, namespace);
      const others = rights.filter((right) => !isOfEveryUser(right) && !isMeant(right, namespace));
      const beyond = await withoutEverybodys(cluster, others, namespace);
      return { incomplete, beyond: beyond.map(({ right, why }) => `${printRight(right)} in ${namespace}${why}`) };
    }),
  );
  const beyond = found.flatMap((one) => one.beyond);
  const where = [...namespaces].join(', ');
  if (beyond.length > 0) {
    const more = beyond.length > NAMED ? ` and ${beyond.length - NAMED} more` : '';
    return { ok: false, detail: `has rights beyond its routes: ${beyond.slice(0, NAMED).join(', ')}${more}` };
  }
  const partly = found.some(({ incomplete }) => incomplete);
  const limit = partly ? '; an authorizer other than RBAC may allow more, and cannot list it' : '';
  return { ok: true, detail: `none beyond its routes in ${where}${limit}` };
}

async function withoutEverybodys(
  cluster: Cluster,
  rights: readonly Right[],
  namespace: string,
): Promise<readonly { readonly right: Right; readonly why: string }[]> {
  const asked = await Promise.all(
    rights.map(async (right) => {
      try {
        return (await isEverybodys(cluster, right, namespace)) ? [] : [{ right, why: '' }];
      } catch (error) {
        if (!isError(error, 'ERR_EGGTOOTH_FORBIDDEN')) throw error;
        return [{ right, why: ' (create on subjectaccessreviews is forbidden, so others may have it too)' }];
      }
    }),
  );
  return asked.flat();
}
