import type { Credential } from '../../chain/credentials';
import type { Cluster } from '../../cluster/cluster';
import { EggtoothError } from '../../errors';
import { type KubeObject, printReference, referenceTo } from '../../kubernetes/kube-object';
import type { State } from '../secret/secret-state';
import { acceptedCertificates } from './accepted-certificate';
import { generationFix } from './assert-not-revoked';
import { generationsOf } from './bindings';

/**
 * Refuses to bind a user that has lost its rights: a RoleBinding names no generation of the reader any more, and a
 * certificate of the user exists, so that somebody must have unbound it since. Whoever has a copy of that certificate
 * would read again.
 *
 * @param next - the credential of the user that is to be bound
 * @param bindings - its RoleBindings that exist in the cluster
 * @throws EggtoothError `ERR_EGGTOOTH_GENERATION`
 */
export async function assertNotCut(
  cluster: Cluster,
  next: Credential,
  bindings: readonly KubeObject[],
  state: Pick<State, 'secrets' | 'caOf' | 'cas'>,
): Promise<void> {
  const nameOf = (binding: KubeObject) => printReference(referenceTo(binding));
  const empty = next.bindings.find((wanted) => {
    const found = bindings.find((one) => nameOf(one) === nameOf(wanted));
    return generationsOf(found, next).length === 0;
  });
  if (empty === undefined) return;
  const [held] = await acceptedCertificates(cluster, next, state, (user) => user === next.user);
  if (held === undefined) return;
  held.privateKey.clear();
  const { namespace, name } = held.secret;
  throw new EggtoothError(
    'ERR_EGGTOOTH_GENERATION',
    `binds no generation of ${next.name} any more, and the Secret ${namespace}/${name} has a certificate of ${next.user}: whoever has a copy of it would read again`,
    {
      fix: `${generationFix(next.generation)}. Then run eggtooth revoke again: it replaces that certificate too`,
      object: referenceTo(empty),
    },
  );
}
