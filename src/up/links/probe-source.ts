import type { Release } from '../../chain/releases';
import { undefinedOn } from '../../errors';
import { readinessOf } from '../../kubernetes/conditions';
import { fieldAt, stringAt } from '../../kubernetes/fields';
import { externalArtifactGvk, helmChartGvk } from '../../kubernetes/flux';
import { isHelmRepository } from '../../kubernetes/kinds';
import { type KubeObject, type ObjectReference, printReference, referenceTo } from '../../kubernetes/kube-object';
import type { Run } from '../run';
import type { BrokenLink } from './broken-link';
import { probeController } from './probe-controller';
import { type RepositoryState, repositoryState, SUSPENDED } from './repository-state';

/** An object of source-controller or source-watcher that a HelmRelease needs, as it is in the cluster. */
export interface ReleaseSource {
  readonly reference: ObjectReference;
  readonly found?: KubeObject;
  /** Absent if it does not exist, or is no cause. */
  readonly state?: RepositoryState;
}

/** Reads what a HelmRelease needs, in the order in which Flux reads: a repository, and the HelmChart that is made of it. */
export async function readSources({ objects }: Run, release: Release): Promise<readonly ReleaseSource[]> {
  return Promise.all(
    referencesOf(release).map(async (reference) => {
      const found = await undefinedOn(objects.get(reference), 'ERR_EGGTOOTH_FORBIDDEN');
      if (found === undefined) return { reference };
      return { reference, found, ...(mayBeBroken(found) && { state: repositoryState(found) }) };
    }),
  );
}

/** Finds out which source of a HelmRelease is broken. */
export async function brokenSource(
  run: Run,
  { object }: Release,
  sources: readonly ReleaseSource[],
  bundle: readonly KubeObject[],
): Promise<BrokenLink | undefined> {
  for (const { reference, found, state } of sources) {
    if (found === undefined) {
      // helm-controller creates it, and says why it does not.
      if (reference.kind === helmChartGvk.kind) continue;
      return (await probeMaker(run, reference, bundle)) ?? missingSource(reference, object);
    }
    if (state?.broken === undefined) continue;
    if (fieldAt(found, 'spec', 'suspend') === true) {
      return { object: reference, ...SUSPENDED };
    }
    return (state.waiting ? await probeMaker(run, reference, bundle) : undefined) ?? state.broken;
  }
  return undefined;
}

function referencesOf({ object, sources, namespace }: Release): readonly ObjectReference[] {
  return sources.flatMap(({ field, ...source }) => {
    // The API groups of all sources are served in this version.
    const reference = { apiVersion: helmChartGvk.apiVersion, ...source };
    if (field === 'spec.chartRef') return [reference];
    return [reference, { ...helmChartGvk, namespace: source.namespace, name: `${namespace}-${object.metadata.name}` }];
  });
}

/**
 * Whether the state of a source says why a release waits: source-controller does not reconcile a HelmRepository of type
 * oci, and one that is Ready is no cause, although another reconciliation of it may have been requested.
 */
function mayBeBroken(source: KubeObject): boolean {
  const ready = readinessOf(source);
  if (ready?.status === 'True' && ready.isCurrent) return false;
  return !(isHelmRepository(source) && stringAt(source, 'spec', 'type') === 'oci');
}

function probeMaker(
  run: Run,
  { kind }: ObjectReference,
  bundle: readonly KubeObject[],
): Promise<BrokenLink | undefined> {
  return probeController(run, bundle, kind === externalArtifactGvk.kind ? 'source-watcher' : 'source-controller');
}

function missingSource(reference: ObjectReference, release: KubeObject): BrokenLink {
  return {
    object: reference,
    problem: `does not exist, and ${printReference(referenceTo(release))} needs it`,
    fix:
      reference.kind === externalArtifactGvk.kind
        ? 'check that source-watcher runs, and the status of the ArtifactGenerator'
        : 'apply it, or fix the reference in the HelmRelease',
  };
}
