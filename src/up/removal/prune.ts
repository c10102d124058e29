import type { Cluster } from '../../cluster/cluster';
import { EggtoothError } from '../../errors';
import { isBeingDeleted } from '../../kubernetes/deletion';
import { identityOf } from '../../kubernetes/identity';
import { isCrd, isNamespace } from '../../kubernetes/kinds';
import { groupOf, type KubeObject, type ObjectReference, referenceTo } from '../../kubernetes/kube-object';
import { Run } from '../run';
import { deleteObjects, waitUntilGone } from './delete-objects';
import { bundleNames, readInventory, SEARCH_TIMEOUT, type Unread, unreadBecause } from './inventory';
import { issuedSecrets } from './issued-secrets';
import { contentReason, foreignReason, hangingReason, uidOf } from './keep-reason';
import { holdsNoData, inStages } from './removal-order';

/** Options for what an earlier version of a bundle has left in the cluster. */
export interface PruneOptions {
  /**
   * Delete what an earlier version of the bundle applied and this one lacks: `true` only what holds no data, `'all'` also
   * Secrets, HelmReleases with what they installed, volumes, Namespaces and CustomResourceDefinitions.
   * @default false
   */
  readonly prune?: boolean | 'all';
}

/** An object that an earlier version of the bundle applied, and that this one lacks. */
export interface Leftover extends ObjectReference {
  /** Whether it was deleted. */
  readonly result: 'pruned' | 'kept';
  /** Why it is kept. */
  readonly reason?: string;
}

/** What earlier versions of a bundle have left in the cluster. */
export interface PruneResult {
  /** In the order of deletion: rights first. */
  readonly leftovers: readonly Leftover[];
  /** The kinds in which leftovers could not be looked for. */
  readonly unread: readonly Unread[];
}

/** How long to wait for finalizers, in milliseconds. */
const FINALIZERS = 15_000;

/**
 * Refuses to prune for a bundle that states no name: nothing tells what an earlier version of it applied.
 * @throws EggtoothError `ERR_EGGTOOTH_BUNDLE`
 */
export function assertPrunable(objects: readonly KubeObject[], { prune = false }: PruneOptions): void {
  if (prune === false || bundleNames(objects).length > 0) return;
  throw new EggtoothError('ERR_EGGTOOTH_BUNDLE', 'no object states the name of the bundle, so nothing can be pruned', {
    fix: 'set the label eggtooth.dev/bundle: NAME on the objects, run up, and prune from the next change on',
  });
}

/**
 * Finds what earlier versions of a bundle applied, and deletes it if it is told to.
 * @param cluster - asked without retries
 * @param dryRun - whether nothing is deleted
 */
export async function pruneLeftovers(
  run: Run,
  cluster: Cluster,
  bundle: readonly KubeObject[],
  { prune = false, dryRun = false }: PruneOptions & { readonly dryRun?: boolean },
): Promise<PruneResult> {
  const names = bundleNames(bundle);
  if (names.length === 0) return { leftovers: [], unread: [] };
  if (prune !== false) run.report('looking for what an earlier version of the bundle applied');
  const { judged, unread } = await search(cluster, names, bundle, prune);
  const toDelete = judged.filter(({ reason }) => reason === undefined).map(({ object }) => object);
  if (!dryRun) await deleteObjects(run, toDelete);
  const patience = new Run(cluster, { timeout: Math.min(FINALIZERS, run.deadline.left) });
  const hanging = new Map(
    dryRun ? [] : (await waitUntilGone(patience, toDelete)).map((object) => [uidOf(object), hangingReason(object)]),
  );
  const leftovers = judged.map(({ object, reason = hanging.get(uidOf(object)) }): Leftover => {
    const reference = referenceTo(object);
    return reason === undefined ? { ...reference, result: 'pruned' } : { ...reference, result: 'kept', reason };
  });
  return { leftovers, unread };
}

/** Searches without retries. Only if something is to be deleted, a failure is one of the run. */
async function search(
  cluster: Cluster,
  names: readonly string[],
  bundle: readonly KubeObject[],
  prune: boolean | 'all',
): Promise<{ readonly judged: Judged; readonly unread: readonly Unread[] }> {
  try {
    const run = new Run(cluster, { timeout: SEARCH_TIMEOUT });
    const { objects, unread } = await readInventory(run, names);
    const isInBundle = membership(bundle);
    const left = objects.filter((object) => !isInBundle(object));
    const candidates = inStages([...left, ...(await issuedSecrets(run, left, bundle))]).flat();
    return { judged: await judge(run, candidates, prune), unread };
  } catch (error) {
    if (prune !== false || !(error instanceof EggtoothError)) throw error;
    return { judged: [], unread: [unreadBecause('leftovers', error)] };
  }
}

/** Whether an object of the cluster is in a bundle, in whatever version of its API. */
function membership(bundle: readonly KubeObject[]): (object: KubeObject) => boolean {
  const identities = new Set(bundle.map(identityOf));
  const named = new Set(bundle.map(clusterScopedIdentity));
  // A manifest may state a namespace although its kind has none.
  return (object) =>
    identities.has(identityOf(object)) ||
    (object.metadata.namespace === undefined && named.has(clusterScopedIdentity(object)));
}

function clusterScopedIdentity({ apiVersion, kind, metadata }: KubeObject): string {
  return `${groupOf(apiVersion)} ${kind} ${metadata.name}`;
}

type Judged = readonly { readonly object: KubeObject; readonly reason?: string }[];

/** Decides on every candidate, those first that others contain. */
async function judge(run: Run, candidates: readonly KubeObject[], prune: boolean | 'all'): Promise<Judged> {
  const judged = candidates.map((object) => ({ object, reason: keepReason(object, prune) }));
  const toDelete = judged.filter(({ reason }) => reason === undefined).map(({ object }) => object);
  return Promise.all(
    judged.map(async ({ object, reason }) => ({
      object,
      reason: reason ?? (isNamespace(object) || isCrd(object) ? await contentReason(run, object, toDelete) : undefined),
    })),
  );
}

function keepReason(object: KubeObject, prune: boolean | 'all'): string | undefined {
  const foreign = foreignReason(object) ?? (isBeingDeleted(object) ? hangingReason(object) : undefined);
  if (foreign !== undefined || prune === 'all') return foreign;
  if (!holdsNoData(object))
    return `it may hold data, or what it installed would go with it: only up --prune=all deletes it`;
  return prune ? undefined : 'the bundle does not contain it any longer: up --prune deletes it';
}
