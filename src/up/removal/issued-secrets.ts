import { isSameSecret, type SecretReference } from '../../chain/links';
import { stringAt } from '../../kubernetes/fields';
import { namespaceOf } from '../../kubernetes/identity';
import { isHelmRepository } from '../../kubernetes/kinds';
import type { KubeObject } from '../../kubernetes/kube-object';
import { secretReference } from '../../signing/secret/secret';
import type { Run } from '../run';
import { foreignReason, uidOf } from './keep-reason';
import { isIssued } from './removal-order';

/**
 * Finds the Secrets that the signing step wrote for HelmRepositories that are to be deleted, and that no other HelmRepository
 * names.
 * @param removed - the objects to delete
 * @param bundle - the objects that stay
 * @param named - Secrets to look at, beside those that the HelmRepositories name
 */
export async function issuedSecrets(
  { objects }: Run,
  removed: readonly KubeObject[],
  bundle: readonly KubeObject[],
  named: readonly SecretReference[] = [],
): Promise<readonly KubeObject[]> {
  const repositories = removed.filter((object) => isHelmRepository(object) && foreignReason(object) === undefined);
  const wanted = [...named, ...repositories.flatMap(secretOf)];
  const uids = new Set(repositories.map(uidOf));
  const found: KubeObject[] = [];
  for (const [index, reference] of wanted.entries()) {
    if (wanted.findIndex((other) => isSameSecret(reference, other)) < index) continue;
    const secret = await objects.get(secretReference(reference));
    if (secret === undefined || !isIssued(secret)) continue;
    const current = await objects.list(REPOSITORY, { namespace: reference.namespace });
    const users = [...current.filter((one) => !uids.has(uidOf(one))), ...bundle.filter(isHelmRepository)];
    if (!users.flatMap(secretOf).some((other) => isSameSecret(reference, other))) found.push(secret);
  }
  return found;
}

const REPOSITORY = { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'HelmRepository' };

/** The Secret that a HelmRepository names. */
function secretOf(repository: KubeObject): readonly SecretReference[] {
  const name = stringAt(repository, 'spec', 'certSecretRef', 'name');
  return name === undefined ? [] : [{ namespace: namespaceOf(repository.metadata), name }];
}
