import { isDeepStrictEqual } from 'node:util';
import { EggtoothError, isError, type Refusal } from '../errors';
import { namespaceOf } from '../kubernetes/identity';
import { isCrd, isNamespace } from '../kubernetes/kinds';
import { groupOf, type KubeObject, referenceTo } from '../kubernetes/kube-object';
import { mapBounded } from '../signing/bounded';
import { foreignOwner, look, type Verdict } from './apply-one';
import type { Replacement } from './downgrade';
import { kindsOf } from './links/probe-crds';
import type { Run } from './run';

/** What the API server says of the objects of a bundle before anything is written. */
export interface Preflight {
  readonly verdicts: ReadonlyMap<KubeObject, Verdict>;
  /** Objects that the API server cannot decide about yet. */
  readonly unchecked: ReadonlyMap<KubeObject, Unchecked>;
  /** Why objects are rejected, in the order of the bundle. */
  readonly rejections: readonly EggtoothError[];
}

/** Why an object cannot be validated yet. */
export interface Unchecked {
  /** As the end of a sentence about the object. */
  readonly reason: string;
  /** When it can: after the CRDs, or only when it is its turn. */
  readonly until: 'crds' | 'turn';
}

/** Options for {@link preflight}. */
export interface PreflightOptions {
  /** Whether an object may be overwritten, whoever wrote it or manages it. */
  readonly mayForce: (object: KubeObject) => boolean;
  /** What the cluster has. */
  readonly current: Current;
  /**
   * The objects to look at, once the CRDs of the bundle are applied.
   * @default - all, before anything is applied
   */
  readonly only?: readonly KubeObject[];
}

/** What the cluster has in place of objects. What could not be read is missing. */
export type Current = ReadonlyMap<KubeObject, KubeObject | undefined>;

/** How many objects are looked at at the same time. */
const CONCURRENCY = 8;

/** Reads what the cluster has in place of the objects of a bundle. */
export async function readCurrent(run: Run, objects: readonly KubeObject[]): Promise<Current> {
  const settled = await mapBounded(objects, CONCURRENCY, (object) => run.objects.get(referenceTo(object)));
  return new Map(
    settled.flatMap((one, index) => {
      const object = objects[index];
      // Whatever keeps an object from being read is reported when it is looked at.
      return object === undefined || one.status === 'rejected' ? [] : [[object, one.value] as const];
    }),
  );
}

/** What would be replaced, without what is left alone. */
export function replacementsOf(
  objects: readonly KubeObject[],
  current: Current,
  mayForce: (object: KubeObject) => boolean,
): readonly Replacement[] {
  return objects.flatMap((object) => {
    const found = current.get(object);
    if (found === undefined) return [];
    return foreignOwner(object, found) === undefined || mayForce(object) ? [{ object, current: found }] : [];
  });
}

/**
 * Lets the API server validate every object of a bundle by dry run, so that all that it refuses is known before the first
 * write. It cannot decide about an object whose CRD does not exist yet or changes. An object whose Namespace does not
 * exist yet is tried in another namespace: see {@link tryElsewhere}.
 */
export async function preflight(
  run: Run,
  objects: readonly KubeObject[],
  { mayForce, current, only }: PreflightOptions,
): Promise<Preflight> {
  const verdicts = new Map<KubeObject, Verdict>();
  const unchecked = new Map<KubeObject, Unchecked>();
  const rejected = new Map<KubeObject, EggtoothError>();
  const missing = missingNamespaces(objects, current);
  const lookAt = async (object: KubeObject) => {
    const resource = await run.objects.discover(object);
    if (resource === undefined) {
      unchecked.set(object, { reason: 'its CRD does not exist yet', until: 'crds' });
      return;
    }
    try {
      if (resource.namespaced && missing.has(namespaceOf(object.metadata))) {
        unchecked.set(object, { reason: 'its Namespace does not exist yet', until: 'turn' });
        await tryElsewhere(run, object);
        return;
      }
      const before = current.has(object) ? current.get(object) : null;
      verdicts.set(object, await look(run, object, { isTold: mayForce(object), current: before }));
    } catch (error) {
      if (!isError(error, ...REJECTIONS)) throw error;
      rejected.set(object, error);
    }
  };
  const all = async (some: readonly KubeObject[]) => {
    const settled = await mapBounded(some, CONCURRENCY, lookAt);
    for (const one of settled) if (one.status === 'rejected') throw one.reason;
  };
  const wanted = only ?? objects;
  await all(wanted.filter(isCrd));
  const changed = new Set(
    wanted.filter((object) => isCrd(object) && changesSpec(verdicts.get(object))).flatMap(keysOf),
  );
  const others = wanted.filter((object) => !isCrd(object));
  for (const object of others) {
    if (changed.has(keyOf(object))) unchecked.set(object, { reason: 'its CRD changes', until: 'crds' });
  }
  await all(others.filter((object) => !changed.has(keyOf(object))));
  const rejections: EggtoothError[] = [];
  for (const object of wanted) {
    const error = rejected.get(object);
    if (error === undefined) continue;
    if (mayChange(error, object, objects, verdicts)) {
      unchecked.set(object, { reason: `it cannot be validated yet: ${error.problem}`, until: 'turn' });
    } else rejections.push(error);
  }
  return { verdicts, unchecked, rejections };
}

/** Codes of rejections. The pass goes on after one, so that it reports all of them. */
const REJECTIONS = [
  'ERR_EGGTOOTH_API',
  'ERR_EGGTOOTH_FORBIDDEN',
  'ERR_EGGTOOTH_NOT_FOUND',
  'ERR_EGGTOOTH_BUNDLE',
  'ERR_EGGTOOTH_FOREIGN',
] as const;

/**
 * A namespace that every cluster has and in which nobody has objects but Leases. Nothing there has the name of an object of
 * a bundle, and no quota, policy or label of a person decides about it.
 */
const ELSEWHERE = 'kube-node-lease';

/**
 * Lets the API server validate an object whose Namespace does not exist yet, by dry run in another namespace: an unknown
 * field, a value or a duplicate that it rejects is the same in both. What the namespace itself decides (permissions,
 * admission, what it contains) is not known before it exists, so nothing else counts.
 *
 * @throws EggtoothError `ERR_EGGTOOTH_API` if the object itself is rejected
 */
async function tryElsewhere({ objects }: Run, object: KubeObject): Promise<void> {
  try {
    await objects.apply(object, { dryRunIn: ELSEWHERE, force: false });
  } catch (error) {
    if (!(error instanceof EggtoothError)) throw error;
    const { code, problem, fix, status, refusal, retryable } = error;
    if (code !== 'ERR_EGGTOOTH_API' || retryable || refusal !== undefined) return;
    const named = problem.replaceAll(`(${ELSEWHERE}/`, `(${namespaceOf(object.metadata)}/`);
    throw new EggtoothError(code, named, { fix, status, object: referenceTo(object), cause: error });
  }
}

function missingNamespaces(objects: readonly KubeObject[], current: Current): ReadonlySet<string> {
  const namespaces = objects.filter((object) => isNamespace(object) && current.get(object) === undefined);
  return new Set(namespaces.map(({ metadata }) => metadata.name ?? ''));
}

/** Refusals of what decides about the objects of a namespace, and objects that may change such a decision. */
const OF_NAMESPACE: readonly Refusal[] = [
  'quota',
  'limit-range',
  'pod-security',
  'policy',
  'webhook',
  'service-account',
  'admission',
];
const DECIDING_KINDS = new Set(['ResourceQuota', 'LimitRange', 'ServiceAccount', 'PriorityClass']);
const ADMISSION_GROUP = 'admissionregistration.k8s.io';

/** Whether another object of the bundle, which is written before, may let the API server decide in another way. */
function mayChange(
  { code, refusal, retryable }: EggtoothError,
  object: KubeObject,
  objects: readonly KubeObject[],
  verdicts: ReadonlyMap<KubeObject, Verdict>,
): boolean {
  if (retryable) return refusal !== 'stale';
  // A RoleBinding, for example, refers to a Role of the bundle.
  if (code === 'ERR_EGGTOOTH_NOT_FOUND') return refusal !== 'missing-namespace';
  if (refusal === undefined || !OF_NAMESPACE.includes(refusal)) return false;
  const namespace = namespaceOf(object.metadata);
  return objects.some((other) => {
    if (verdicts.get(other)?.result === 'unchanged') return false;
    if (groupOf(other.apiVersion) === ADMISSION_GROUP) return true;
    if (isNamespace(other)) return other.metadata.name === namespace;
    return DECIDING_KINDS.has(other.kind) && namespaceOf(other.metadata) === namespace;
  });
}

function changesSpec({ current, answer }: Partial<Verdict> = {}): boolean {
  return current !== undefined && !isDeepStrictEqual(current.spec, answer?.spec);
}

function keysOf(crd: KubeObject): readonly string[] {
  return kindsOf(crd).map(keyOf);
}

function keyOf({ apiVersion, kind }: Pick<KubeObject, 'apiVersion' | 'kind'>): string {
  return `${apiVersion} ${kind}`;
}
