import type { Chain } from '../../chain/chain';
import { type Release, referenceAt } from '../../chain/releases';
import { undefinedOn } from '../../errors';
import { readinessOf } from '../../kubernetes/conditions';
import { listAt } from '../../kubernetes/fields';
import { helmReleaseGvk } from '../../kubernetes/flux';
import { identityOf } from '../../kubernetes/identity';
import { type KubeObject, type ObjectReference, printReference, referenceTo } from '../../kubernetes/kube-object';
import { reconcileRequestOf } from '../../signing/flux/reconcile-request';
import type { Run } from '../run';
import { type BrokenLink, firstCause, waitForLink } from './broken-link';
import type { NotWaitedFor } from './not-waited-for';
import { probeController } from './probe-controller';
import { probeReleasePods } from './probe-release-pods';
import { brokenSource, type ReleaseSource, readSources } from './probe-source';
import { ReconcileRequests } from './reconcile-requests';
import { type ReleaseState, releaseState } from './release-state';

/** A HelmRelease that helm-controller has installed. */
export interface ReadyRelease extends ObjectReference {
  /** It is Ready at its current generation. */
  readonly ready: true;
  /** Version of its chart: `status.lastAttemptedRevision`. */
  readonly revision?: string;
}

/** What {@link waitForReleases} has seen. */
export interface SeenReleases {
  /** In the order of the bundle. */
  readonly ready: readonly ReadyRelease[];
  /** Those that are suspended. */
  readonly notWaitedFor: readonly NotWaitedFor[];
}

/**
 * Waits until helm-controller has installed every HelmRelease of a bundle, and requests reconciliations where Flux waits
 * for longer than it needs to. A release that had failed for good before is reset once; one that fails for good now ends
 * the wait.
 * @throws EggtoothError `ERR_EGGTOOTH_NOT_READY` with the first link that is broken
 */
export async function waitForReleases(run: Run, { releases, objects }: Chain): Promise<SeenReleases> {
  const requests = new ReconcileRequests(run);
  const [ready, notWaitedFor] = [new Map<Release, ReadyRelease>(), new Map<Release, NotWaitedFor>()];
  let looks = 0;
  await waitForLink(run, async () => {
    looks += 1;
    const seen = await readReleases(
      run,
      releases.filter((release) => !ready.has(release) && !notWaitedFor.has(release)),
    );
    for (const one of seen) {
      const { release, state } = one;
      const reference = referenceTo(release.object);
      if (state.suspended) {
        notWaitedFor.set(release, { ...reference, reason: 'is suspended' });
        run.report(`${printReference(reference)} is suspended: not waited for`);
      } else if (state.broken === undefined) {
        ready.set(release, { ...reference, ready: true, ...(state.revision && { revision: state.revision }) });
        run.report(`${printReference(reference)} is Ready${state.revision ? `: ${state.revision}` : ''}`);
      }
      await requestWhatHelps(requests, one, looks === 1);
    }
    const broken = await brokenRelease(run, seen, objects);
    const isReset = seen.some((one) => isResetting(requests, one));
    return broken?.final && isReset ? { ...broken, final: false } : broken;
  });
  const inOrder = <Value>(map: ReadonlyMap<Release, Value>) => releases.flatMap((release) => map.get(release) ?? []);
  return { ready: inOrder(ready), notWaitedFor: inOrder(notWaitedFor) };
}

/** Looks for a HelmRelease that is not Ready, and for the cause. */
export async function probeReleases(run: Run, { releases, objects }: Chain): Promise<BrokenLink | undefined> {
  return brokenRelease(run, await readReleases(run, releases), objects);
}

/** A HelmRelease as it was seen in the cluster. */
interface SeenRelease {
  readonly release: Release;
  readonly found?: KubeObject;
  readonly state: ReleaseState;
  /** What it reads, if that may be the cause. */
  readonly sources: readonly ReleaseSource[];
  /** The releases that it waits for, if that may be the cause. */
  readonly dependencies: readonly Dependency[];
}

interface Dependency {
  readonly reference: ObjectReference;
  readonly found?: KubeObject;
  readonly state: ReleaseState;
}

function readReleases(run: Run, releases: readonly Release[]): Promise<readonly SeenRelease[]> {
  return Promise.all(
    releases.map(async (release) => {
      const found = await run.objects.get(referenceTo(release.object));
      const state = releaseState(release.object, found);
      const sources = state.cause === 'source' ? await readSources(run, release) : [];
      const dependencies = state.cause === 'dependencies' ? await readDependencies(run, release) : [];
      return { release, found, state, sources, dependencies };
    }),
  );
}

function readDependencies(run: Run, { object, namespace }: Release): Promise<readonly Dependency[]> {
  return Promise.all(
    listAt(object, 'spec', 'dependsOn').map(async (one) => {
      const { kind: _, ...name } = referenceAt(one, namespace);
      const reference = { ...helmReleaseGvk, ...name };
      const found = await run.objects.get(reference);
      return { reference, found, state: releaseState({ ...helmReleaseGvk, metadata: name }, found) };
    }),
  );
}

async function requestWhatHelps(
  requests: ReconcileRequests,
  { release, state, sources, dependencies }: SeenRelease,
  isFirstLook: boolean,
): Promise<void> {
  if (state.request === 'reset') {
    if (isFirstLook) await requests.request(release.object, 'reset');
    return;
  }
  const failed = sources.some((source) => source.state?.reconcile !== undefined);
  for (const { found, state: sourceState } of failed ? sources : []) {
    // The chart may be in a newer index of its repository.
    const request = found && requests.request(found, sourceState?.reconcile ?? 'again');
    if (request) await undefinedOn(request, 'ERR_EGGTOOTH_FORBIDDEN');
  }
  const isBlocked = [...sources, ...dependencies].some((one) => one.state?.broken !== undefined);
  if (state.request !== undefined && !isBlocked) await requests.request(release.object, state.request);
}

/** Whether this run has reset the failures of a release, and helm-controller has not attempted it since. */
function isResetting(requests: ReconcileRequests, { release, found, state }: SeenRelease): boolean {
  const isRequested = state.request === 'reset' && requests.has(release.object);
  return isRequested && found !== undefined && !reconcileRequestOf(found).isHandled;
}

function brokenRelease(
  run: Run,
  seen: readonly SeenRelease[],
  bundle: readonly KubeObject[],
): Promise<BrokenLink | undefined> {
  return firstCause(seen, async (one) => one.state.broken && causeOf(run, one, one.state.broken, bundle));
}

async function causeOf(
  run: Run,
  { release, state, sources, dependencies }: SeenRelease,
  broken: BrokenLink,
  bundle: readonly KubeObject[],
): Promise<BrokenLink> {
  switch (state.cause) {
    case 'controller':
      return (await probeController(run, bundle, 'helm-controller')) ?? broken;
    case 'source':
      return (await brokenSource(run, release, sources, bundle)) ?? broken;
    case 'dependencies':
      return brokenDependency(broken, dependencies, bundle) ?? broken;
    case 'pods':
      return withPod(broken, await probeReleasePods(run, release.object));
    default:
      return broken;
  }
}

/** The release that another waits for, if nothing else reports it. */
function brokenDependency(
  waiting: BrokenLink,
  dependencies: readonly Dependency[],
  bundle: readonly KubeObject[],
): BrokenLink | undefined {
  const identities = bundle.map(identityOf);
  const isReported = ({ apiVersion, kind, ...metadata }: ObjectReference) =>
    identities.includes(identityOf({ apiVersion, kind, metadata }));
  for (const { reference, found, state } of dependencies) {
    const blocked = (how: string, fix: string) => ({
      object: waiting.object,
      problem: `waits for ${printReference(reference)}, which ${how}`,
      fix,
    });
    if (found === undefined) return blocked('does not exist', 'apply it, or fix spec.dependsOn');
    if (state.suspended && readinessOf(found)?.status !== 'True')
      return blocked('is suspended', 'set its spec.suspend to false, or fix spec.dependsOn');
    if (state.broken !== undefined && !isReported(reference)) return state.broken;
  }
  return undefined;
}

/** A release whose pod does not run: the pod is the cause, unless helm-controller has given up all the same. */
function withPod(release: BrokenLink, pod: BrokenLink | undefined): BrokenLink {
  if (pod === undefined) return release;
  const [first, second] = release.final ? [release, pod] : [pod, release];
  return { ...first, problem: `${first.problem}; ${printReference(second.object)} ${second.problem}` };
}
