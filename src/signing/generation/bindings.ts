import type { Credential } from '../../chain/credentials';
import { parseUser, type ReaderUser } from '../../chain/generation';
import { markedOver } from '../../cluster/applied-mark';
import type { Cluster } from '../../cluster/cluster';
import { ClusterObjects } from '../../cluster/cluster-objects';
import type { RetryingCluster } from '../../cluster/retrying-cluster';
import { undefinedOn } from '../../errors';
import { fieldAt, listAt, stringAt } from '../../kubernetes/fields';
import { type KubeObject, referenceTo } from '../../kubernetes/kube-object';
import { usersOf } from '../../rights/role-bindings';
import { mapBounded } from '../bounded';

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

/** The users of a reader, whatever their generation, that a RoleBinding names. */
export function generationsOf(binding: KubeObject | undefined, { name }: Pick<ReaderUser, 'name'>): readonly string[] {
  return binding === undefined ? [] : usersOf(binding).filter((user) => parseUser(user).name === name);
}

/**
 * Adds a generation of a reader to every RoleBinding that does not name it yet. What else a RoleBinding names stays, and
 * nothing is added to it: a user that was removed from it by hand, or lost it with a RoleBinding that was deleted, does
 * not come back.
 *
 * @param next - the user to add
 */
export function bindNext(
  cluster: RetryingCluster,
  credential: Credential,
  next: string,
  { dryRun = false } = {},
): Promise<void> {
  const isOwn = (subject: unknown) =>
    stringAt(subject, 'kind') === 'User' && stringAt(subject, 'name') === credential.user;
  return changeSubjects(cluster, credential, { dryRun, purpose: `bind ${next}` }, (binding, current) => {
    if (generationsOf(current, credential).includes(next)) return undefined;
    const added = listAt(binding, 'subjects').filter(isOwn);
    return [...listAt(current, 'subjects'), ...added.slice(0, 1).map((own) => ({ ...(own as object), name: next }))];
  });
}

/** Removes all generations of a reader but one from every RoleBinding that exists. Nothing is added. */
export function unbindOthers(cluster: RetryingCluster, credential: Credential, kept: string): Promise<void> {
  const isOther = (subject: unknown) => {
    const user = stringAt(subject, 'name') ?? '';
    return stringAt(subject, 'kind') === 'User' && parseUser(user).name === credential.name && user !== kept;
  };
  return changeSubjects(cluster, credential, { purpose: `unbind all but ${kept}` }, (_, current) => {
    const subjects = listAt(current, 'subjects');
    return subjects.some(isOther) ? subjects.filter((subject) => !isOther(subject)) : undefined;
  });
}

/**
 * Applies the RoleBindings of a credential with other subjects than they have in the cluster. Each of them is read just
 * before, and is not written if somebody has changed or deleted it in between: then it is read again.
 *
 * @param change - the new subjects; `undefined` to write nothing
 */
async function changeSubjects(
  cluster: RetryingCluster,
  { bindings }: Pick<Credential, 'bindings'>,
  options: { readonly purpose: string; readonly dryRun?: boolean },
  change: (binding: KubeObject, current: KubeObject | undefined) => readonly unknown[] | undefined,
): Promise<void> {
  const objects = new ClusterObjects(cluster);
  const changeOne = async (binding: KubeObject) => {
    const current = await objects.get(referenceTo(binding), { purpose: `read the ${binding.kind}` });
    const subjects = change(binding, current);
    if (subjects === undefined) return;
    const [uid, resourceVersion] = ['uid', 'resourceVersion'].map((field) => fieldAt(current, 'metadata', field));
    const metadata = { ...binding.metadata, ...(current && { uid, resourceVersion }) };
    await objects.apply(markedOver({ ...binding, metadata, subjects }, current, false), options);
  };
  const settled = await mapBounded(bindings, 8, (binding) =>
    cluster.retry(
      () => changeOne(binding),
      ({ status }) => status === 409,
    ),
  );
  for (const one of settled) if (one.status === 'rejected') throw one.reason;
}
