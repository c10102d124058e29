import type { Cluster } from '../cluster/cluster';
import { poll } from '../cluster/poll';
import { EggtoothError } from '../errors';
import { stringAt } from '../kubernetes/fields';
import { isNamespace } from '../kubernetes/kinds';
import { type KubeObject, type ObjectReference, printReference, referenceTo } from '../kubernetes/kube-object';
import { heldCertificate } from '../signing/secret/held-certificate';
import type { Check } from '../signing/verify/check';
import { applyAll, applyOne } from '../up/apply-objects';
import { Run, type RunOptions } from '../up/run';
import { assertReady } from './assert-ready';
import { findDependents } from './find-dependents';
import { type FoundLeftovers, findLeftovers, type KeptObject } from './find-leftovers';
import { compareBundles, type Leftovers } from './leftovers';
import { verifyCut } from './verify-cut';

/**
 * What {@link cleanUp} did: what `eggtooth migrate --clean-up -o json` prints. {@link planCleanUp} returns the same for
 * what it would do, without checks.
 */
export interface CleanUpResult {
  /** In the order of deletion. */
  readonly removed: readonly ObjectReference[];
  /** What is kept, and why. */
  readonly kept: readonly KeptObject[];
  /** Whether the old users and certificates have lost their access, and everything is gone. */
  readonly checks: readonly Check[];
  /** Whether there was nothing to do. */
  readonly unchanged: boolean;
}

/**
 * How long the checks may take at least, in milliseconds. Everything is deleted by then, and a check that had no time
 * would report a failure that is none.
 */
const VERIFICATION = 15_000;

/**
 * Removes what the chain of an old bundle leaves behind: first role bindings and roles, then Secrets, requests,
 * HelmRepositories, and the assets server. It keeps Namespaces, CustomResourceDefinitions, and everything that the new
 * bundle contains or its chain needs; from Namespaces it removes labels that only the old bundle sets. Then it verifies
 * that the old users and certificates have lost their access. A repeated run changes nothing; an interrupted run is
 * completed by the next.
 *
 * A failed check causes no error: look at {@link CleanUpResult.checks}.
 *
 * @param oldManifests - the objects of the bundle that is replaced
 * @param nextManifests - the objects of the bundle that {@link migrate} applied
 * @example
 * ```ts
 * const { checks } = await cleanUp(cluster, readBundle('dist-old'), readBundle('dist'));
 * const failed = checks.filter(({ ok }) => !ok);
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_NOT_READY` if the new bundle is not ready; `ERR_EGGTOOTH_IN_USE` if an object
 * still takes a chart from the old bundle; `ERR_EGGTOOTH_CHAIN` and `ERR_EGGTOOTH_BUNDLE` as {@link migrate}; any code
 * of {@link ClusterObjects.delete} and {@link applyObjects}
 */
export async function cleanUp(
  cluster: Cluster,
  oldManifests: readonly KubeObject[],
  nextManifests: readonly KubeObject[],
  options: RunOptions = {},
): Promise<CleanUpResult> {
  const run = new Run(cluster, options);
  const [old, next] = await Promise.all([run.place(oldManifests), run.place(nextManifests)]);
  const leftovers = compareBundles(old, next);
  const { toDelete, secrets, kept } = await findRemovable(run, leftovers, next);
  const certificates = secrets.map(heldCertificate).filter((held) => held !== undefined);
  try {
    for (const object of toDelete) {
      run.report(`deleting ${printReference(referenceTo(object))}`);
      await run.objects.delete(referenceTo(object), { uid: stringAt(object, 'metadata', 'uid') });
    }
    const namespaces = await applyAll(run, next.filter(isNamespace), () => true);
    const verification = new Run(cluster, { ...options, timeout: Math.max(run.deadline.left, VERIFICATION) });
    verification.report('verifying that the old certificate is rejected');
    const checks = [
      ...(await verifyCut(verification, leftovers, certificates)),
      await verifyGone(verification, leftovers),
    ];
    const unchanged = toDelete.length === 0 && namespaces.every(({ result }) => result === 'unchanged');
    return { removed: toDelete.map(referenceTo), kept, checks, unchanged };
  } finally {
    for (const { privateKey } of certificates) privateKey.clear();
  }
}

/**
 * Plans {@link cleanUp}: returns what it would remove and keep, rejects what it rejects, and writes nothing.
 *
 * @param oldManifests - the objects of the bundle that is replaced
 * @param nextManifests - the objects of the bundle that {@link migrate} applied
 * @example
 * ```ts
 * const { removed } = await planCleanUp(cluster, readBundle('dist-old'), readBundle('dist'));
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_NOT_READY`, `ERR_EGGTOOTH_IN_USE`, `ERR_EGGTOOTH_CHAIN` and `ERR_EGGTOOTH_BUNDLE`
 * as {@link cleanUp}; any code of {@link ClusterObjects.get} and {@link ClusterObjects.apply}
 */
export async function planCleanUp(
  cluster: Cluster,
  oldManifests: readonly KubeObject[],
  nextManifests: readonly KubeObject[],
  options: RunOptions = {},
): Promise<CleanUpResult> {
  const run = new Run(cluster, options);
  const [old, next] = await Promise.all([run.place(oldManifests), run.place(nextManifests)]);
  const { toDelete, kept } = await findRemovable(run, compareBundles(old, next), next);
  const namespaces = await Promise.all(
    next.filter(isNamespace).map((namespace) => applyOne(run, namespace, { dryRun: true, force: true })),
  );
  const unchanged = toDelete.length === 0 && namespaces.every(({ result }) => result === 'unchanged');
  return { removed: toDelete.map(referenceTo), kept, checks: [], unchanged };
}

async function findRemovable(run: Run, leftovers: Leftovers, next: readonly KubeObject[]): Promise<FoundLeftovers> {
  run.report('checking that the new bundle is ready');
  await assertReady(run, next);
  const repositories = leftovers.repositories.map(({ object }) => referenceTo(object));
  const dependents = await findDependents(run, repositories);
  if (dependents.length > 0) {
    const list = dependents.map(({ object, source }) => `\n  ${printReference(object)} takes a chart from ${source}`);
    throw new EggtoothError('ERR_EGGTOOTH_IN_USE', `the old bundle is still in use:${list.join('')}`, {
      fix: 'add each of them to the new bundle with a chartRef, and run migrate without --clean-up first',
    });
  }
  return findLeftovers(run, leftovers);
}

/** Waits until nothing is left. A HelmRepository stays until Flux removes its finalizer. */
async function verifyGone(run: Run, leftovers: Leftovers): Promise<Check> {
  const names = await poll(
    run.deadline,
    async () => (await findLeftovers(run, leftovers)).toDelete.map((object) => printReference(referenceTo(object))),
    ({ length }) => length === 0,
    { onWait: ([first]) => run.wait(`waiting until ${first} is deleted`) },
  );
  if (names.length === 0) return { check: 'gone', ok: true, detail: 'no object of the old chain is left' };
  return { check: 'gone', ok: false, detail: `not deleted yet: ${names.join(', ')}` };
}
