import type { Cluster } from '../cluster/cluster';
import { fieldAt } from '../kubernetes/fields';
import { isHelmRepository, isOciRepository } from '../kubernetes/kinds';
import { type KubeObject, type ObjectReference, printReference, referenceTo } from '../kubernetes/kube-object';
import { requestReconcile } from '../signing/flux/reconcile-request';
import { type BrokenLink, untilHolds } from './broken-link';
import { probeFlux } from './probe-flux';
import { type RepositoryState, repositoryState } from './repository-state';
import { Run, type RunOptions } from './run';

/** A HelmRepository or OCIRepository that Flux has read. */
export interface ReadRepository extends ObjectReference {
  readonly ready: true;
  /** status.artifact.revision */
  readonly revision?: string;
}

/** A repository, and the moment from which on Flux must have been asked for it. */
export interface ExpectedRepository {
  readonly object: KubeObject;
  readonly since?: Date;
}

/** How long Flux is left alone after a reconcile, in milliseconds: by itself it would wait ever longer. */
const RECONCILE_PAUSE = 5000;

/**
 * Waits until Flux has read every HelmRepository and OCIRepository of a bundle; asks it again where it has failed. Those
 * that are suspended, and HelmRepositories of type `oci`, are none that it reads.
 *
 * @param objects - the bundle; if it makes source-controller, that is looked at too
 * @throws EggtoothError `ERR_EGGTOOTH_NOT_READY` with the first that is not read in time; any of the {@link Cluster}
 */
export function untilRead(
  cluster: Cluster,
  objects: readonly KubeObject[],
  options: RunOptions = {},
): Promise<readonly ReadRepository[]> {
  const expected = repositoriesOf(objects).map((object) => ({ object }));
  return untilAllRead(new Run(cluster, options), expected, objects);
}

/** {@link untilRead} as one step of a run. */
export async function untilAllRead(
  run: Run,
  expected: readonly ExpectedRepository[],
  bundle: readonly KubeObject[],
): Promise<readonly ReadRepository[]> {
  const reconciled = new Map<KubeObject, number>();
  const read = new Map<KubeObject, ReadRepository>();
  await untilHolds(run, async () => {
    const missing = expected.filter(({ object }) => !read.has(object));
    const states = await look(run, missing);
    for (const { object, state } of states) {
      if (state.broken === undefined) {
        read.set(object, resultOf(object, state));
        run.say(`${printReference(referenceTo(object))} read: ${state.revision}`);
      }
      const last = reconciled.get(object);
      const due =
        last === undefined
          ? state.reconcile !== undefined
          : state.reconcile === 'again' && Date.now() - last > RECONCILE_PAUSE;
      if (!due) continue;
      reconciled.set(object, Date.now());
      await requestReconcile(run.cluster, object);
    }
    return firstBroken(run, states, bundle);
  });
  return expected.flatMap(({ object }) => read.get(object) ?? []);
}

/** Looks for repositories that Flux has not read; that Flux does not run comes first. */
export async function probeRepositories(
  run: Run,
  expected: readonly ExpectedRepository[],
  bundle: readonly KubeObject[],
): Promise<BrokenLink | undefined> {
  return firstBroken(run, await look(run, expected), bundle);
}

/** What source-controller reads among the objects. */
export function repositoriesOf(objects: readonly KubeObject[]): readonly KubeObject[] {
  return objects.filter(
    (object) =>
      (isOciRepository(object) || (isHelmRepository(object) && fieldAt(object, 'spec', 'type') !== 'oci')) &&
      fieldAt(object, 'spec', 'suspend') !== true,
  );
}

type Look = readonly { readonly object: KubeObject; readonly state: RepositoryState }[];

function look({ objects }: Run, expected: readonly ExpectedRepository[]): Promise<Look> {
  return Promise.all(
    expected.map(async ({ object, since }) => {
      const current = await objects.get(referenceTo(object));
      return { object, state: current === undefined ? deleted(object) : repositoryState(current, since) };
    }),
  );
}

async function firstBroken(run: Run, states: Look, bundle: readonly KubeObject[]): Promise<BrokenLink | undefined> {
  const first = states.find(({ state }) => state.broken !== undefined)?.state;
  return (first?.waiting ? await probeFlux(run, bundle) : undefined) ?? first?.broken;
}

function deleted(object: KubeObject): RepositoryState {
  const broken = {
    object: referenceTo(object),
    problem: 'does not exist',
    fix: 'find out who deletes it, then run again',
  };
  return { broken, waiting: false };
}

function resultOf(object: KubeObject, { revision }: RepositoryState): ReadRepository {
  return { ...referenceTo(object), ready: true, revision };
}
