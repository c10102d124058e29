import { Chain } from '../chain/chain';
import { assertSound } from '../chain/rules/check';
import type { Cluster } from '../cluster/cluster';
import { type EggtoothError, type ErrorCode, isError } from '../errors';
import { namespaceOf } from '../kubernetes/identity';
import { type KubeObject, type ObjectReference, printReference, referenceTo } from '../kubernetes/kube-object';
import { assertNoneRevoked } from '../signing/generation/assert-not-revoked';
import { type AdoptOptions, assertSecretsOurs } from '../signing/secret/assert-ours';
import {
  type AppliedObject,
  type ApplyObjectsOptions,
  applyOne,
  assertKnown,
  readReplacements,
  stagesOf,
} from './apply-objects';
import { assertNoDowngrade } from './downgrade';
import { withoutFirstCertificate } from './first-certificate-job';
import { assertNone } from './rejections';
import { withBundleName } from './removal/inventory';
import { assertPrunable, type PruneOptions, pruneLeftovers } from './removal/prune';
import { Run } from './run';
import type { UpResult } from './up';

/** Options for {@link planUp}. */
export interface PlanUpOptions extends ApplyObjectsOptions, AdoptOptions, PruneOptions {}

/** An object that {@link up} would apply. */
export interface PlannedObject extends ObjectReference {
  /** `unchecked` if the API server cannot validate the object yet. */
  readonly result: AppliedObject['result'] | 'unchecked';
  /** Why the object is skipped or unchecked. */
  readonly reason?: string;
}

/**
 * What {@link up} would do: what `eggtooth up --dry-run -o json` prints. It has the shape of {@link UpResult}; the
 * other lists are empty.
 */
export interface UpPlan extends Omit<UpResult, 'objects'> {
  /** In the order in which they would be applied. */
  readonly objects: readonly PlannedObject[];
}

/** Codes of rejections. The plan goes on after one, so that it reports all of them. */
const REJECTIONS: readonly ErrorCode[] = [
  'ERR_EGGTOOTH_API',
  'ERR_EGGTOOTH_FORBIDDEN',
  'ERR_EGGTOOTH_NOT_FOUND',
  'ERR_EGGTOOTH_BUNDLE',
  'ERR_EGGTOOTH_FOREIGN',
];

/**
 * Lets the API server validate every object that {@link up} would apply, by dry run; nothing is stored. An object whose
 * CustomResourceDefinition or Namespace is in the bundle but not in the cluster cannot be validated yet.
 *
 * @param manifests - the objects of the bundle, in any order; what states no namespace is in that of the context
 * @example
 * ```ts
 * const { objects } = await planUp(cluster, readBundle('dist'));
 * for (const { kind, name, result } of objects) console.log(result, kind, name);
 * ```
 * @throws EggtoothError with all rejections at once, and the code of the first; `ERR_EGGTOOTH_CHAIN` if the bundle
 * breaks a rule; `ERR_EGGTOOTH_BUNDLE` if it is to be pruned and states no name; `ERR_EGGTOOTH_GENERATION` if it names a user that was revoked; any other code of
 * {@link ClusterObjects.apply}
 */
export async function planUp(
  cluster: Cluster,
  manifests: readonly KubeObject[],
  options: PlanUpOptions = {},
): Promise<UpPlan> {
  const start = performance.now();
  const run = new Run(cluster, options);
  const bundle = await run.place(manifests);
  const objects = withBundleName(withoutFirstCertificate(bundle));
  const chain = Chain.fromObjects(objects);
  assertSound(chain);
  assertPrunable(objects, options);
  await assertNoneRevoked(run.cluster, chain);
  await assertKnown(run, objects);
  const { crds, namespaces, others } = stagesOf(objects);
  const missing = await missingNamespaces(run, namespaces);
  const planned: PlannedObject[] = [];
  const rejections: EggtoothError[] = [];
  try {
    await assertSecretsOurs(run.cluster, chain, options);
  } catch (error) {
    if (!isError(error, 'ERR_EGGTOOTH_FOREIGN')) throw error;
    rejections.push(error);
  }
  try {
    const replacements = await readReplacements(run, objects, () => options.forceConflicts === true);
    assertNoDowngrade(objects, replacements, options);
  } catch (error) {
    if (!isError(error, 'ERR_EGGTOOTH_DOWNGRADE')) throw error;
    rejections.push(error);
  }
  for (const object of [...crds, ...namespaces, ...others]) {
    const reference = referenceTo(object);
    try {
      const reason = await obstacle(run, object, missing);
      const verdict =
        reason === undefined
          ? await applyOne(run, object, { dryRun: true, force: options.forceConflicts })
          : { result: 'unchecked' as const, reason };
      const why = verdict.reason === undefined ? '' : `: ${verdict.reason}`;
      run.report(`${printReference(reference)} ${verdict.result}${why}`);
      planned.push({ ...reference, ...verdict });
    } catch (error) {
      if (!isError(error, ...REJECTIONS)) throw error;
      rejections.push(error);
    }
  }
  assertNone(rejections);
  const left = await pruneLeftovers(run, cluster, bundle, { ...options, dryRun: true });
  return {
    ...{ objects: planned, issued: [], repositories: [], releases: [], nodes: [], notWaitedFor: [] },
    ...left,
    seconds: (performance.now() - start) / 1000,
  };
}

/** Names of the Namespaces that the cluster does not have. */
async function missingNamespaces(run: Run, namespaces: readonly KubeObject[]): Promise<readonly unknown[]> {
  const current = await Promise.all(namespaces.map((namespace) => run.objects.get(referenceTo(namespace))));
  return namespaces.flatMap(({ metadata }, index) => (current[index] === undefined ? [metadata.name] : []));
}

/** Why an object cannot be validated yet. */
async function obstacle(
  { objects }: Run,
  object: KubeObject,
  missing: readonly unknown[],
): Promise<string | undefined> {
  const resource = await objects.discover(object);
  if (resource === undefined) return 'its CRD does not exist yet';
  if (resource.namespaced && missing.includes(namespaceOf(object.metadata))) return 'its Namespace does not exist yet';
  return undefined;
}
