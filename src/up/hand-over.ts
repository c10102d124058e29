import { isDeepStrictEqual } from 'node:util';
import { referenceAt } from '../chain/releases';
import { EggtoothError } from '../errors';
import { conditionOf, readinessOf } from '../kubernetes/conditions';
import { fieldAt } from '../kubernetes/fields';
import { fluxOwnerOf } from '../kubernetes/flux-owner';
import { namespaceOf } from '../kubernetes/identity';
import { isFluxSource, isKustomization } from '../kubernetes/kinds';
import { type KubeObject, printReference, referenceTo } from '../kubernetes/kube-object';
import { mapBounded } from '../signing/bounded';
import type { AppliedObject } from './apply-objects';
import type { NotWaitedFor } from './links/not-waited-for';
import type { Run } from './run';

/** The field manager of kustomize-controller, and the prefix of its labels and annotations. */
const [MANAGER, PREFIX] = ['kustomize-controller', 'kustomize.toolkit.fluxcd.io/'];

/** How many objects are compared at the same time. */
const CONCURRENCY = 8;

/**
 * The Kustomization of a bundle that has taken the bundle over, as `fluxOwnerOf` names it: it manages itself, because its
 * source contains it.
 */
export async function handedOverTo({ objects }: Run, bundle: readonly KubeObject[]): Promise<string | undefined> {
  for (const reference of bundle.filter(isKustomization).map(referenceTo)) {
    const current = await objects.get(reference);
    if (current !== undefined && fluxOwnerOf(current) === printReference(reference)) return printReference(reference);
  }
  return undefined;
}

/**
 * Applies nothing of a bundle that was handed over: its source decides. What is missing in the cluster is missing in the
 * source, or was removed from it.
 * @param owner - the Kustomization
 */
export async function leaveToFlux(
  run: Run,
  bundle: readonly KubeObject[],
  owner: string,
): Promise<readonly AppliedObject[]> {
  const settled = await mapBounded(bundle, CONCURRENCY, (object) => difference(run, object));
  return settled.map((one, index): AppliedObject => {
    if (one.status === 'rejected') throw one.reason;
    const reference = referenceTo(bundle[index] as KubeObject);
    if (one.value === undefined) return { ...reference, result: 'skipped', reason: `managed by ${owner}` };
    return { ...reference, result: 'skipped', reason: `${one.value}; ${owner} manages the bundle`, differs: true };
  });
}

/** What an object of the bundle has in the cluster, if it is something else: a dry run tells what Flux would change. */
async function difference({ objects }: Run, object: KubeObject): Promise<string | undefined> {
  const current = await objects.get(referenceTo(object));
  if (current === undefined) return 'does not exist';
  const { labels, annotations, ...metadata } = object.metadata;
  const asFlux = {
    ...object,
    metadata: {
      ...metadata,
      labels: { ...labels, ...ofFlux(current.metadata.labels) },
      annotations: { ...annotations, ...ofFlux(current.metadata.annotations) },
    },
  };
  try {
    const answer = await objects.apply(asFlux, { dryRun: true, force: true, fieldManager: MANAGER });
    return isDeepStrictEqual(content(current), content(answer)) ? undefined : 'differs from the bundle';
  } catch (error) {
    if (!(error instanceof EggtoothError)) throw error;
    return `cannot be compared: ${error.problem}`;
  }
}

function ofFlux(entries: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(entries).filter(([key]) => key.startsWith(PREFIX)));
}

function content({ status: _, metadata, ...rest }: KubeObject): unknown {
  return {
    ...rest,
    metadata: { ...metadata, managedFields: undefined, resourceVersion: undefined, generation: undefined },
  };
}

/** Whether a source is there for a Kustomization of the bundle. Nothing may have been pushed to it yet. */
export function isSyncSource(source: KubeObject, bundle: readonly KubeObject[]): boolean {
  if (!isFluxSource(source)) return false;
  const { kind, metadata } = source;
  return bundle.filter(isKustomization).some((kustomization) => {
    const wanted = referenceAt(fieldAt(kustomization, 'spec', 'sourceRef'), namespaceOf(kustomization.metadata));
    return wanted.kind === kind && wanted.name === metadata.name && wanted.namespace === namespaceOf(metadata);
  });
}

/** The Kustomizations of a bundle and their sources, as far as they are not Ready. */
export async function unreadySync({ objects }: Run, bundle: readonly KubeObject[]): Promise<readonly NotWaitedFor[]> {
  const parts = bundle.filter((object) => isKustomization(object) || isSyncSource(object, bundle));
  const states = await Promise.all(
    parts.map(async (object): Promise<readonly NotWaitedFor[]> => {
      const reason = unreadyReason(await objects.get(referenceTo(object)));
      return reason === undefined ? [] : [{ ...referenceTo(object), reason }];
    }),
  );
  return states.flat();
}

function unreadyReason(object: KubeObject | undefined): string | undefined {
  if (object === undefined) return 'does not exist';
  if (fieldAt(object, 'spec', 'suspend') === true) return 'is suspended';
  const ready = readinessOf(object);
  if (ready === undefined) return 'is not Ready: Flux has not reconciled it yet';
  if (ready.status === 'True' && ready.isCurrent) return undefined;
  const why = conditionOf(object, 'Ready')?.message;
  return `is not Ready${why ? `: ${why}` : ''}`;
}
