import { isDeepStrictEqual } from 'node:util';
import { appliedFieldsOf, markedOver, mayOverwrite } from '../cluster/applied-mark';
import type { ApplyOptions } from '../cluster/cluster-objects';
import { kubectlFieldsOf, takenOver, withoutKubectl } from '../cluster/kubectl-fields';
import { EggtoothError, isError, quote } from '../errors';
import { deletionProblem } from '../kubernetes/deletion';
import { stringAt } from '../kubernetes/fields';
import { fluxOwnerOf, KUSTOMIZATION_LABELS, owningKustomization } from '../kubernetes/flux-owner';
import { isSecret } from '../kubernetes/kinds';
import { type KubeObject, referenceTo } from '../kubernetes/kube-object';
import type { Run } from './run';

/** What happened to an object of a bundle. */
export interface ApplyOutcome {
  /**
   * `unchanged` if the cluster had the object as it is, `skipped` if Flux manages it. Nothing was written in either case.
   */
  readonly result: 'created' | 'configured' | 'unchanged' | 'skipped';
  /** Why the object is skipped, or what else there is to know about it. */
  readonly reason?: string;
  /** Whether Flux has something else than the manifest, because its source differs from the bundle. */
  readonly differs?: true;
}

/** What applying an object would do, as the API server sees it. */
export interface Verdict extends ApplyOutcome {
  /** The object with its mark. */
  readonly marked: KubeObject;
  /** Whether it is overwritten, whoever wrote it. */
  readonly isTold: boolean;
  /** Whether the fields of others are overwritten. */
  readonly force: boolean;
  /** What the cluster has in its place. */
  readonly current?: KubeObject;
  /** What the cluster would have then, if a dry run can tell. */
  readonly answer?: KubeObject;
  /** The field managers of kubectl that are taken over. */
  readonly kubectl: readonly string[];
}

/** Options for {@link look}. */
export interface LookOptions {
  /** Whether to overwrite the object, whoever wrote it or manages it. */
  readonly isTold: boolean;
  /**
   * What the cluster has in its place; `undefined` if it has nothing.
   * @default null - it is read
   */
  readonly current?: KubeObject | undefined | null;
  /**
   * Try too whether it can be created.
   * @default true
   */
  readonly tryToCreate?: boolean;
}

/**
 * Looks what applying an object would do. A dry run tells: the API server gives some objects a new resourceVersion even
 * when they stay the same.
 *
 * @throws EggtoothError `ERR_EGGTOOTH_FOREIGN` if it would overwrite what somebody else wrote; `ERR_EGGTOOTH_API` if it
 * is being deleted; any code of {@link ClusterObjects.apply}
 */
export async function look(
  { objects }: Run,
  object: KubeObject,
  { isTold, current = null, tryToCreate = true }: LookOptions,
): Promise<Verdict> {
  const reference = referenceTo(object);
  const before = current === null ? await objects.get(reference) : current;
  const verdict = { marked: markedOver(object, before, isTold), isTold, kubectl: [], force: isTold };
  if (before === undefined) {
    const { untold } = tryToCreate ? await tryOver(objects, verdict, isTold) : {};
    return { ...verdict, result: 'created', ...(untold !== undefined && { reason: untold }) };
  }
  const owner = foreignOwner(object, before);
  if (owner !== undefined && !isTold) return { ...verdict, result: 'skipped', reason: `managed by ${owner}` };
  const hanging = deletionProblem(before);
  if (hanging !== undefined) {
    const fix = 'wait until it is gone, or remove its finalizers if nothing does, then run again';
    throw new EggtoothError('ERR_EGGTOOTH_API', `cannot be applied: it ${hanging}`, { fix, object: reference });
  }
  const fields = kubectlFieldsOf(object, before);
  const kubectl = fields === undefined ? [] : takenOver(object, fields, isTold);
  const { answer, force, untold } = await tryOver(objects, { ...verdict, kubectl }, isTold || mayOverwrite(before));
  const seen = { ...verdict, current: before, kubectl, force, ...(answer && { answer }) };
  if (kubectl.length > 0) {
    const reason = `taken over from ${quote([...new Set(kubectl)].join(', '))}`;
    return { ...seen, result: 'configured', reason };
  }
  if (untold !== undefined) return { ...seen, result: 'configured', reason: untold };
  const beyond = fields === undefined ? [] : fields.beyond;
  return {
    ...seen,
    result: answer !== undefined && isSame(before, answer) ? 'unchanged' : 'configured',
    ...(beyond.length > 0 && { reason: keptReason(object, beyond) }),
  };
}

/**
 * Tries by dry run to apply an object. Conflicts with what is taken over are none.
 * @returns `untold` is why a dry run cannot tell the `answer`
 */
async function tryOver(
  objects: Run['objects'],
  { marked, kubectl }: Pick<Verdict, 'marked' | 'kubectl'>,
  mayForce: boolean,
): Promise<{ readonly answer?: KubeObject; readonly untold?: string; readonly force: boolean }> {
  const dryRun = async (force: boolean) => {
    try {
      return { answer: await objects.apply(marked, { dryRun: true, force }), force };
    } catch (error) {
      // It says nothing about the object. Applying it is tried again until the webhook answers.
      if (error instanceof EggtoothError && error.refusal === 'webhook-failed') return { force, untold: error.problem };
      throw error;
    }
  };
  try {
    return await dryRun(mayForce);
  } catch (error) {
    const isTaken =
      isError(error, 'ERR_EGGTOOTH_FOREIGN') &&
      error.fieldManagers?.every((manager) => kubectl.includes(manager)) === true;
    if (!isTaken) throw error;
    return dryRun(true);
  }
}

/** How often an object is looked at again, because somebody else wrote to it in between. */
const ATTEMPTS = 5;

/** Does what a verdict says. */
export async function applyVerdict(run: Run, object: KubeObject, verdict: Verdict): Promise<ApplyOutcome> {
  const { result, reason, force, kubectl, marked } = verdict;
  const outcome = { result, ...(reason !== undefined && { reason }) };
  if (result === 'skipped') return outcome;
  if (result === 'unchanged') {
    await release(run, object, verdict);
    return outcome;
  }
  if (kubectl.length === 0) {
    await run.objects.apply(marked, { force });
    await release(run, object, verdict);
    return outcome;
  }
  for (let attempt = 1, seen = verdict; ; attempt += 1) {
    try {
      await takeOver(run, seen);
      return outcome;
    } catch (error) {
      if (!(error instanceof EggtoothError) || error.status !== 409 || attempt === ATTEMPTS) throw error;
      if (isError(error, 'ERR_EGGTOOTH_FOREIGN')) throw error;
      seen = await look(run, object, { isTold: verdict.isTold });
    }
  }
}

/**
 * Applies an object and takes over what kubectl applied to it, as `kubectl apply --server-side` does with its own: applies
 * it, makes the fields of kubectl eggtooth's, and applies it again, so that those go away which the bundle no longer has.
 * An interrupted run is completed by the next. Nothing is overwritten that was not looked at: a resourceVersion of
 * an object that somebody has changed meanwhile is a conflict.
 */
async function takeOver({ objects }: Run, { marked, current, kubectl, force }: Verdict): Promise<void> {
  const resourceVersion = current && versionOf(current);
  const applied = await objects.apply(marked, { force, resourceVersion });
  const managedFields = withoutKubectl(applied, kubectl);
  if (managedFields === undefined) return;
  const metadata = { resourceVersion: versionOf(applied), managedFields };
  const taken = await objects.patch(referenceTo(marked), { metadata });
  await objects.apply(marked, { force, resourceVersion: versionOf(taken) });
}

function versionOf(object: KubeObject): string | undefined {
  return stringAt(object, 'metadata', 'resourceVersion');
}

/** Removes the labels of a Kustomization that does not exist any longer, so that the next run may write to the object too. */
async function release({ objects }: Run, object: KubeObject, { current }: Verdict): Promise<void> {
  const owner = current && owningKustomization(current);
  if (owner === undefined || foreignOwner(object, current) === undefined) return;
  if ((await objects.get(owner)) !== undefined) return;
  const labels = Object.fromEntries(KUSTOMIZATION_LABELS.map((key) => [key, null]));
  await objects.patch(referenceTo(object), { metadata: { labels } });
}

/** {@link look}, and what it says. */
export async function applyOne(
  run: Run,
  object: KubeObject,
  { force = false, dryRun = false }: Pick<ApplyOptions, 'dryRun' | 'force'> = {},
): Promise<ApplyOutcome> {
  const verdict = await look(run, object, { isTold: force, tryToCreate: dryRun });
  const { result, reason } = verdict;
  return dryRun ? { result, ...(reason !== undefined && { reason }) } : applyVerdict(run, object, verdict);
}

/** The object of Flux that manages what is in the cluster, unless the manifest itself names it. */
export function foreignOwner(object: KubeObject, current: KubeObject | undefined): string | undefined {
  const owner = current && fluxOwnerOf(current);
  return owner === fluxOwnerOf(object) ? undefined : owner;
}

/** How many fields a reason names. */
const NAMED = 3;

function keptReason(object: KubeObject, fields: readonly string[]): string {
  const named = fields.slice(0, NAMED).join(', ');
  const more = fields.length > NAMED ? ` and ${fields.length - NAMED} more` : '';
  // The name of a key of a Secret is nobody's business here.
  const what = isSecret(object) ? 'fields' : quote(`${named}${more}`);
  return `keeps ${what}, which kubectl applied and the bundle does not have; --force-conflicts removes it`;
}

/**
 * Whether applying changes nothing. What controllers write in the meantime (status, fields of other managers) is
 * ignored.
 */
function isSame(before: KubeObject, after: KubeObject): boolean {
  return isDeepStrictEqual(appliedPart(before), appliedPart(after));
}

function appliedPart(object: KubeObject): unknown {
  const { status: _, metadata, ...rest } = object;
  return {
    ...rest,
    metadata: {
      ...metadata,
      resourceVersion: undefined,
      managedFields: appliedFieldsOf(object).map((entry) => ({ ...(entry as object), time: undefined })),
    },
  };
}
