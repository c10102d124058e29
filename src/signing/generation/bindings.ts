import type { Credential } from '../../chain/credentials';
import type { Cluster } from '../../cluster/cluster';
import { ClusterObjects } from '../../cluster/cluster-objects';
import { undefinedOn } from '../../errors';
import { listAt, stringAt } from '../../kubernetes/fields';
import { type KubeObject, referenceTo } from '../../kubernetes/kube-object';

/** Reads the RoleBindings of a credential from the cluster, without those that do not exist or must not be read. */
export async function readBindings(
  cluster: Cluster,
  { bindings }: Pick<Credential, 'bindings'>,
): Promise<readonly KubeObject[]> {
  const objects = new ClusterObjects(cluster);
  const found = await Promise.all(
    bindings.map((binding) => undefinedOn(objects.get(referenceTo(binding)), 'ERR_EGGTOOTH_FORBIDDEN')),
  );
  return found.filter((binding) => binding !== undefined);
}

/** Applies the RoleBindings of a credential with other users in place of its own. */
export async function bind(
  cluster: Cluster,
  { bindings, user }: Pick<Credential, 'bindings' | 'user'>,
  users: readonly string[],
): Promise<void> {
  const isOwn = (subject: unknown) => stringAt(subject, 'kind') === 'User' && stringAt(subject, 'name') === user;
  const objects = new ClusterObjects(cluster);
  await Promise.all(
    bindings.map((binding) => {
      const subjects = listAt(binding, 'subjects').flatMap((subject) =>
        isOwn(subject) ? users.map((name) => ({ ...(subject as object), name })) : [subject],
      );
      return objects.apply({ ...binding, subjects }, { purpose: `bind ${users.join(' and ')}` });
    }),
  );
}
