import type { Chain } from '../../chain/chain';
import { parseUser } from '../../chain/generation';
import type { ClusterObjects } from '../../cluster/cluster-objects';
import { isError } from '../../errors';
import { type KubeObject, printReference, referenceTo } from '../../kubernetes/kube-object';
import { usersOf } from '../../rights/role-bindings';

/** How the RoleBindings in the cluster differ from those of the bundle. */
export interface BindingDrift {
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
  /** For each RoleBinding that could be read, the generations that it binds; `undefined` if it does not exist. */
  readonly bound: readonly (readonly number[] | undefined)[];
}

/** Compares the generations of a reader that the bundle binds with those that the cluster binds. */
export async function bindingDrift(objects: ClusterObjects, chain: Chain, user: string): Promise<BindingDrift> {
  const bindings = chain.routes.flatMap((route) => route.bindings.filter(({ users }) => users.includes(user)));
  const wanted = [...new Set(bindings.map(({ object }) => object))];
  const drifts = await Promise.all(wanted.map((binding) => compare(objects, binding, user)));
  return {
    problems: drifts.flatMap(({ problems }) => problems),
    warnings: drifts.flatMap(({ warnings }) => warnings),
    bound: drifts.flatMap(({ bound }) => bound),
  };
}

async function compare(objects: ClusterObjects, binding: KubeObject, user: string): Promise<BindingDrift> {
  const reference = referenceTo(binding);
  const where = printReference(reference);
  try {
    const found = await objects.get(reference);
    if (found === undefined) return { problems: [`${where}: does not exist`], warnings: [], bound: [undefined] };
    const { name, generation } = parseUser(user);
    const generations = usersOf(found)
      .map(parseUser)
      .filter((one) => one.name === name)
      .map((one) => one.generation);
    const bound = generations.length === 0 ? `does not bind ${name}` : `binds generation ${generations.join(' and ')}`;
    if (!generations.includes(generation)) {
      const problem = `${where}: ${bound}, and the bundle names generation ${generation}`;
      return { problems: [problem], warnings: [], bound: [generations] };
    }
    const warnings =
      generations.length > 1 ? [`${where}: ${bound}: a revocation is not complete, run eggtooth revoke`] : [];
    return { problems: [], warnings, bound: [generations] };
  } catch (error) {
    if (!isError(error, 'ERR_EGGTOOTH_FORBIDDEN')) throw error;
    const warning = `${where}: cannot be read, so whom it binds is unknown: get is forbidden`;
    return { problems: [], warnings: [warning], bound: [] };
  }
}
