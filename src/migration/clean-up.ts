import type { Cluster } from '../cluster/cluster';
import { poll } from '../cluster/poll';
import { EggtoothError } from '../errors';
import { stringAt } from '../kubernetes/fields';
import { isNamespace } from '../kubernetes/kinds';
import { type KubeObject, type ObjectReference, printReference, referenceTo } from '../kubernetes/kube-object';
import { heldCertificate } from '../signing/secret/held-certificate';
import type { Check } from '../signing/verify/check';
import { applyAll } from '../up/apply-objects';
import { Run, type RunOptions } from '../up/run';
import { assertReady } from './assert-ready';
import { compare } from './compare';
import { findDependents } from './dependents';
import { findLeftovers, type LeftObject } from './find-leftovers';
import type { Leftovers } from './leftovers';
import { verifyCut } from './verify-cut';

/** What {@link cleanUp} did: the contract of `eggtooth migrate --clean-up -o json`. */
export interface CleanUpResult {
  /** In the order in which they were deleted. */
  readonly removed: readonly ObjectReference[];
  readonly left: readonly LeftObject[];
  readonly checks: readonly Check[];
  /** Whether nothing was there to be done. */
  readonly unchanged: boolean;
}

/**
 * Removes what an old bundle's chain leaves behind, rights first: bindings and Roles, Secrets, requests, HelmRepositories,
 * and the assets server with its pods. Namespaces, CRDs, and what the new bundle holds or its chain needs, stay; labels
 * that only the old bundle gave to a Namespace go. Then it shows that nobody reads with the old certificate any more. Cut
 * off anywhere, the next run goes on; when all is gone, a run changes nothing.
 *
 * A checks that fails does not throw: look at {@link CleanUpResult.checks}.
 *
 * @param old - the bundle with the chain, as it was applied
 * @param next - the bundle that {@link migrate} brought
 * @throws EggtoothError `ERR_EGGTOOTH_NOT_READY` if the new bundle is not at work, `ERR_EGGTOOTH_IN_USE` if something still
 * takes a chart from the old one, those of {@link migrate} for bundles that do not fit; any of the {@link Cluster}
 */
export async function cleanUp(
  cluster: Cluster,
  old: readonly KubeObject[],
  next: readonly KubeObject[],
  options: RunOptions = {},
): Promise<CleanUpResult> {
  const run = new Run(cluster, options);
  const leftovers = compare(old, next);
  const { toDelete, secrets, left } = await findRemovable(run, leftovers, next);
  const certificates = secrets.map(heldCertificate).filter((held) => held !== undefined);
  try {
    for (const object of toDelete) {
      run.say(`deleting ${printReference(referenceTo(object))}`);
      await run.objects.delete(referenceTo(object), { uid: stringAt(object, 'metadata', 'uid') });
    }
    const namespaces = await applyAll(run, next.filter(isNamespace));
    run.say('trying the old certificate');
    const checks = [...(await verifyCut(run, leftovers, certificates)), await verifyGone(run, leftovers)];
    const unchanged = toDelete.length === 0 && namespaces.every(({ result }) => result === 'unchanged');
    return { removed: toDelete.map(referenceTo), left, checks, unchanged };
  } finally {
    for (const { privateKey } of certificates) privateKey.clear();
  }
}

/** What {@link cleanUp} would remove and leave; it refuses what {@link cleanUp} refuses, and writes nothing. */
export async function planCleanUp(
  cluster: Cluster,
  old: readonly KubeObject[],
  next: readonly KubeObject[],
  options: RunOptions = {},
): Promise<{ readonly remove: readonly ObjectReference[]; readonly left: readonly LeftObject[] }> {
  const { toDelete, left } = await findRemovable(new Run(cluster, options), compare(old, next), next);
  return { remove: toDelete.map(referenceTo), left };
}

async function findRemovable(run: Run, leftovers: Leftovers, next: readonly KubeObject[]) {
  run.say('looking whether the new bundle is at work');
  await assertReady(run, next);
  const repositories = leftovers.repositories.map(({ object }) => referenceTo(object));
  const dependents = await findDependents(run, repositories);
  if (dependents.length > 0) {
    const list = dependents.map(({ object, source }) => `\n  ${printReference(object)} takes a chart from ${source}`);
    throw new EggtoothError('ERR_EGGTOOTH_IN_USE', `the old bundle is still needed:${list.join('')}`, {
      fix: 'put each of them into the new bundle with a chartRef, and run migrate without --clean-up first',
    });
  }
  return findLeftovers(run, leftovers);
}

/** Waits until nothing is left; a HelmRepository stays until Flux has let it go. */
async function verifyGone(run: Run, leftovers: Leftovers): Promise<Check> {
  const names = await poll(
    run.deadline,
    async () => (await findLeftovers(run, leftovers)).toDelete.map((object) => printReference(referenceTo(object))),
    ([first]) => {
      if (first !== undefined) run.say(`waiting until ${first} is gone`);
      return first === undefined;
    },
  );
  if (names.length === 0) return { check: 'gone', ok: true, detail: 'no object of the old chain is left' };
  return { check: 'gone', ok: false, detail: `still there: ${names.join(', ')}` };
}
