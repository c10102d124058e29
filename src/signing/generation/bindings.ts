import type { Credential } from '../../chain/credentials';
import type { Cluster } from '../../cluster/cluster';
import { applyQuery } from '../../cluster/server-side-apply';
import { isError } from '../../errors';
import { listAt, stringAt } from '../../kubernetes/fields';
import { type KubeObject, referenceTo } from '../../kubernetes/kube-object';

/** The RoleBindings of a credential as they stand; one that does not exist, or may not be read, is left out. */
export async function readBindings(
  cluster: Cluster,
  { bindings }: Pick<Credential, 'bindings'>,
): Promise<readonly KubeObject[]> {
  const found = await Promise.all(bindings.map((binding) => read(cluster, binding)));
  return found.filter((binding) => binding !== undefined);
}

/** The users that a RoleBinding names. */
export function usersOf(binding: KubeObject): readonly string[] {
  return listAt(binding, 'subjects').flatMap((subject) =>
    stringAt(subject, 'kind') === 'User' ? (stringAt(subject, 'name') ?? []) : [],
  );
}

/** Applies the RoleBindings of a credential with other users in the place of its own. */
export async function bind(
  cluster: Cluster,
  { bindings, user }: Pick<Credential, 'bindings' | 'user'>,
  users: readonly string[],
): Promise<void> {
  const isOwn = (subject: unknown) => stringAt(subject, 'kind') === 'User' && stringAt(subject, 'name') === user;
  await Promise.all(
    bindings.map((binding) =>
      cluster.call({
        purpose: `bind ${users.join(' and ')}`,
        method: 'PATCH',
        path: bindingPath(binding),
        query: applyQuery({}),
        contentType: 'application/apply-patch+yaml',
        body: {
          ...binding,
          subjects: listAt(binding, 'subjects').flatMap((subject) =>
            isOwn(subject) ? users.map((name) => ({ ...(subject as object), name })) : [subject],
          ),
        },
        object: referenceTo(binding),
        quotable: true,
      }),
    ),
  );
}

async function read(cluster: Cluster, binding: KubeObject): Promise<KubeObject | undefined> {
  const call = { purpose: 'read whom it binds', method: 'GET', path: bindingPath(binding) } as const;
  try {
    const found = await cluster.call({ ...call, object: referenceTo(binding) });
    return found as KubeObject;
  } catch (error) {
    if (isError(error, 'ERR_EGGTOOTH_NOT_FOUND') || isError(error, 'ERR_EGGTOOTH_FORBIDDEN')) return undefined;
    throw error;
  }
}

function bindingPath({ apiVersion, metadata: { namespace = 'default', name } }: KubeObject): string {
  return `/apis/${apiVersion}/namespaces/${namespace}/rolebindings/${name}`;
}
