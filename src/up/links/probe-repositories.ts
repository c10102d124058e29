import type { Cluster } from '../../cluster/cluster';
import { fieldAt } from '../../kubernetes/fields';
import { isHelmRepository, isOciRepository } from '../../kubernetes/kinds';
import { type KubeObject, type ObjectReference, printReference, referenceTo } from '../../kubernetes/kube-object';
import { Run, type RunOptions } from '../run';
import { type BrokenLink, waitForLink } from './broken-link';
import type { NotWaitedFor } from './not-waited-for';
import { probeController } from './probe-controller';
import { ReconcileRequests } from './reconcile-requests';
import { type RepositoryState, readRepositoryState } from './repository-state';

/** A HelmRepository or OCIRepository that Flux has read. */
export interface ReadRepository extends ObjectReference {
  /** Flux has read it, with its current certificate. */
  readonly ready: true;
  /** `status.artifact.revision` */
  readonly revision?: string;
}

/** A repository that Flux should read. */
export interface ExpectedRepository {
  readonly object: KubeObject;
  /** Reconcile requests before this moment do not count. */
  readonly since?: Date;
}

/**
 * Waits until Flux has read every HelmRepository and OCIRepository of a bundle, and requests a reconciliation where
 * Flux has failed. Suspended repositories and HelmRepositories of type `oci` are left out, because Flux does not read
 * them.
 *
 * @param objects - the objects of the bundle; if they include source-controller, its pod is checked too
 * @returns the repositories, in the order of the bundle
 * @example
 * ```ts
 * const repositories = await waitForRepositories(cluster, readBundle('dist'), { timeout: 60_000 });
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_NOT_READY` with the first repository that Flux has not read in time; any other
 * code of {@link Cluster.call}
 */
export function waitForRepositories(
  cluster: Cluster,
  objects: readonly KubeObject[],
  options: RunOptions = {},
): Promise<readonly ReadRepository[]> {
  const expected = repositoriesOf(objects).map((object) => ({ object }));
  return waitForExpected(new Run(cluster, options), expected, objects);
}

/** {@link waitForRepositories} as a step of a run. */
export async function waitForExpected(
  run: Run,
  expected: readonly ExpectedRepository[],
  bundle: readonly KubeObject[],
): Promise<readonly ReadRepository[]> {
  const requests = new ReconcileRequests(run);
  const read = new Map<KubeObject, ReadRepository>();
  await waitForLink(run, async () => {
    const missing = expected.filter(({ object }) => !read.has(object));
    const states = await readStates(run, missing);
    for (const { object, state } of states) {
      if (state.broken === undefined) {
        read.set(object, { ...referenceTo(object), ready: true, revision: state.revision });
        run.report(`${printReference(referenceTo(object))} read: ${state.revision}`);
      }
      if (state.reconcile !== undefined) await requests.request(object, state.reconcile);
    }
    return firstBroken(run, states, bundle);
  });
  return expected.flatMap(({ object }) => read.get(object) ?? []);
}

/** Looks for a repository that Flux has not read. If Flux does not run, that is the broken link. */
export async function probeRepositories(
  run: Run,
  expected: readonly ExpectedRepository[],
  bundle: readonly KubeObject[],
): Promise<BrokenLink | undefined> {
  return firstBroken(run, await readStates(run, expected), bundle);
}

/** Returns the repositories that source-controller reads. */
export function repositoriesOf(objects: readonly KubeObject[]): readonly KubeObject[] {
  return objects.filter((object) => isRead(object) && !isSuspended(object));
}

/** Returns the repositories that source-controller does not read because they are suspended. */
export function suspendedRepositories(objects: readonly KubeObject[]): readonly NotWaitedFor[] {
  const suspended = objects.filter((object) => isRead(object) && isSuspended(object));
  return suspended.map((object) => ({ ...referenceTo(object), reason: 'is suspended' }));
}

function isRead(object: KubeObject): boolean {
  return isOciRepository(object) || (isHelmRepository(object) && fieldAt(object, 'spec', 'type') !== 'oci');
}

function isSuspended(object: KubeObject): boolean {
  return fieldAt(object, 'spec', 'suspend') === true;
}

type States = readonly { readonly object: KubeObject; readonly state: RepositoryState }[];

function readStates(run: Run, expected: readonly ExpectedRepository[]): Promise<States> {
  return Promise.all(
    expected.map(async ({ object, since }) => ({ object, state: await readRepositoryState(run, object, since) })),
  );
}

async function firstBroken(run: Run, states: States, bundle: readonly KubeObject[]): Promise<BrokenLink | undefined> {
  const first = states.find(({ state }) => state.broken !== undefined)?.state;
  return (first?.waiting ? await probeController(run, bundle, 'source-controller') : undefined) ?? first?.broken;
}
