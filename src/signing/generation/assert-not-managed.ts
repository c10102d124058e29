import { EggtoothError } from '../../errors';
import { fluxOwnerOf } from '../../kubernetes/flux-owner';
import { type KubeObject, referenceTo } from '../../kubernetes/kube-object';
import { generationFix } from './assert-not-revoked';

/**
 * Refuses to revoke a reader whose RoleBindings or Secrets Flux manages: it would give the old user its rights back.
 *
 * @param generation - of the user that would come next
 * @throws EggtoothError `ERR_EGGTOOTH_FOREIGN`
 */
export function assertNotManaged(objects: readonly KubeObject[], generation: number): void {
  const managed = objects.find((object) => fluxOwnerOf(object) !== undefined);
  if (managed === undefined) return;
  throw new EggtoothError(
    'ERR_EGGTOOTH_FOREIGN',
    `is managed by ${fluxOwnerOf(managed)}, which would undo the revocation: its source decides who may read`,
    {
      fix: `revoke in the source: ${generationFix(generation)}. When Flux has applied it, the old user has no rights; then run eggtooth issue with the new bundle`,
      object: referenceTo(managed),
    },
  );
}
