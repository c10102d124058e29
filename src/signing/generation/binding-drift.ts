import type { Chain } from '../../chain/chain';
import { parseUser } from '../../chain/generation';
import { usersOf } from '../../chain/grants';
import type { ClusterObjects } from '../../cluster/cluster-objects';
import { isError } from '../../errors';
import { type KubeObject, printReference, referenceTo } from '../../kubernetes/kube-object';

/** How the RoleBindings of the cluster differ from the bundle's. */
export interface BindingDrift {
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/** Compares whom the bundle lets read with whom the cluster does, generation by generation. */
export async function bindingDrift(objects: ClusterObjects, chain: Chain, user: string): Promise<BindingDrift> {
  const bindings = chain.routes.flatMap((route) => route.bindings.filter(({ users }) => users.includes(user)));
  const wanted = [...new Set(bindings.map(({ object }) => object))];
  const drifts = await Promise.all(wanted.map((binding) => compare(objects, binding, user)));
  return {
    problems: drifts.flatMap(({ problems }) => problems),
    warnings: drifts.flatMap(({ warnings }) => warnings),
  };
}

async function compare(objects: ClusterObjects, binding: KubeObject, user: string): Promise<BindingDrift> {
  const reference = referenceTo(binding);
  const where = printReference(reference);
  try {
    const found = await objects.get(reference);
    if (found === undefined) return { problems: [`${where}: does not exist`], warnings: [] };
    const { name, generation } = parseUser(user);
    const others = usersOf(found)
      .map(parseUser)
      .filter((one) => one.name === name);
    const generations = others.map((one) => one.generation);
    const bound =
      generations.length === 0 ? `does not let ${name} read` : `lets generation ${generations.join(' and ')} read`;
    if (!generations.includes(generation)) {
      return { problems: [`${where}: ${bound}, and the bundle names generation ${generation}`], warnings: [] };
    }
    return { problems: [], warnings: generations.length > 1 ? [`${where}: ${bound}: a revocation is not over`] : [] };
  } catch (error) {
    if (!isError(error, 'ERR_EGGTOOTH_FORBIDDEN')) throw error;
    return { problems: [], warnings: [`${where}: may not be read from here, so it is not known whom it lets read`] };
  }
}
