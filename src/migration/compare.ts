import { Chain } from '../chain/chain';
import { assertSound } from '../chain/rules/check';
import { EggtoothError } from '../errors';
import { isOciRepository } from '../kubernetes/kinds';
import type { KubeObject } from '../kubernetes/kube-object';
import { type Leftovers, leftoversOf } from './leftovers';

/**
 * What leftovers of a chain when a bundle that takes its charts from OCI takes its place.
 * @throws EggtoothError `ERR_EGGTOOTH_CHAIN` if the old bundle has no chain, or the new one breaks a rule;
 * `ERR_EGGTOOTH_BUNDLE` if the new one has no OCIRepository
 */
export function compare(old: readonly KubeObject[], next: readonly KubeObject[]): Leftovers {
  const leftovers = leftoversOf(old, next);
  if (!next.some(isOciRepository)) {
    throw new EggtoothError('ERR_EGGTOOTH_BUNDLE', 'the new bundle has no OCIRepository', {
      fix: 'name the bundle that the cluster has first, and second the one that takes its charts from OCI',
    });
  }
  assertSound(Chain.fromObjects(next));
  return leftovers;
}
