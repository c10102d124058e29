import { EggtoothError } from '../errors';
import { isBinding, isHelmRepository, isNamespacedKind, isRole } from '../kubernetes/kinds';
import { referenceTo } from '../kubernetes/kube-object';
import type { ChainLinks } from './chain-links';

/**
 * Rejects a chain whose HelmRepositories or permissions state no namespace: that is the namespace of a kubeconfig's
 * context then, and there is none.
 * @throws EggtoothError `ERR_EGGTOOTH_BUNDLE`
 */
export function assertNamespaces({ objects }: Pick<ChainLinks, 'objects'>): void {
  const unplaced = objects.find(
    (object) =>
      (isHelmRepository(object) || isRole(object) || isBinding(object)) &&
      isNamespacedKind(object) &&
      !object.metadata.namespace,
  );
  if (unplaced === undefined) return;
  throw new EggtoothError('ERR_EGGTOOTH_BUNDLE', 'states no namespace, and there is no cluster whose context has one', {
    fix: 'set metadata.namespace',
    object: referenceTo(unplaced),
  });
}
