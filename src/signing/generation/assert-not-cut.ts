import type { Credential } from '../../chain/credentials';
import type { SecretReference } from '../../chain/links';
import { EggtoothError } from '../../errors';
import { identityOf } from '../../kubernetes/identity';
import { type KubeObject, referenceTo } from '../../kubernetes/kube-object';
import { generationFix } from './assert-not-revoked';
import { generationsOf } from './bindings';

/**
 * Refuses to bind a user that has lost its rights: a RoleBinding names no generation of the reader any more, and a
 * certificate of the user exists, so that somebody must have unbound it since. Whoever has a copy of that certificate
 * would read again.
 *
 * @param next - the credential of the user that is to be bound
 * @param bindings - its RoleBindings that exist in the cluster
 * @param secret - a Secret with a certificate of the user that the API server accepts, if there is one
 * @throws EggtoothError `ERR_EGGTOOTH_GENERATION`
 */
export function assertNotCut(
  next: Credential,
  bindings: readonly KubeObject[],
  secret: SecretReference | undefined,
): void {
  const empty = next.bindings.find((wanted) => {
    const found = bindings.find((one) => identityOf(one) === identityOf(wanted));
    return generationsOf(found, next).length === 0;
  });
  if (empty === undefined || secret === undefined) return;
  throw new EggtoothError(
    'ERR_EGGTOOTH_GENERATION',
    `binds no generation of ${next.name} any more, and the Secret ${secret.namespace}/${secret.name} has a certificate of ${next.user}: whoever has a copy of it would read again`,
    {
      fix: `${generationFix(next.generation)}. Then run eggtooth revoke again: it replaces that certificate too`,
      object: referenceTo(empty),
    },
  );
}
