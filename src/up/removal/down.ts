import { Chain } from '../../chain/chain';
import { isApplied, isCreated } from '../../cluster/applied-mark';
import type { Cluster } from '../../cluster/cluster';
import { EggtoothError, isError } from '../../errors';
import { fieldAt, stringAt } from '../../kubernetes/fields';
import { fluxOwnerOf } from '../../kubernetes/flux-owner';
import { identityOf, namespaceOf } from '../../kubernetes/identity';
import { isBinding, isCrd, isHelmRelease, isKustomization, isNamespace } from '../../kubernetes/kinds';
import { type KubeObject, type ObjectReference, printReference, referenceTo } from '../../kubernetes/kube-object';
import { bundleOf } from '../../kubernetes/labels';
import { mapBounded } from '../../signing/bounded';
import { generationsOf } from '../../signing/generation/bindings';
import { userOf } from '../../signing/secret/held-certificate';
import { assertSameCluster } from '../../signing/verify/same-cluster';
import { Run, type RunOptions } from '../run';
import { deleteObjects, waitUntilGone } from './delete-objects';
import { findRequests } from './find-requests';
import { bundleNames, readInventory, SEARCH_TIMEOUT, type Unread, unreadBecause } from './inventory';
import { issuedSecrets } from './issued-secrets';
import { contentReason, foreignReason, hangingReason, uidOf } from './keep-reason';
import { inStages } from './removal-order';

/** An object of a bundle that {@link down} deletes or keeps. */
export interface RemovedObject extends ObjectReference {
  /** Whether it was deleted. */
  readonly result: 'deleted' | 'kept';
  /** Why it is kept. */
  readonly reason?: string;
}

/** What {@link down} did: what `eggtooth down -o json` prints. {@link planDown} returns the same for what it would do. */
export interface DownResult {
  /** What exists of the bundle, in the order of deletion: rights first. */
  readonly objects: readonly RemovedObject[];
  /** The kinds in which other objects of the bundle could not be looked for. */
  readonly unread: readonly Unread[];
  /** Duration of the run, in seconds. */
  readonly seconds: number;
}

/** How many objects are read at the same time. */
const CONCURRENCY = 8;

/**
 * Takes a bundle away: the objects of its manifests, what earlier versions of it applied, the Secrets with its
 * certificates, and its requests. It deletes Kustomizations and rights first, then Secrets, Flux's objects, workloads,
 * policies, Namespaces and CustomResourceDefinitions. A repeated run changes nothing; an interrupted run is completed by
 * the next.
 *
 * What Flux installed from the bundle stays in the cluster, such as the CNI: HelmReleases are suspended before they are
 * deleted, and Flux's finalizers are removed. What a Kustomization of the bundle has taken over is deleted as well, and
 * what else it applied stays. It keeps what existed before the bundle, what Flux or another bundle manages, Namespaces
 * that contain anything else, and CustomResourceDefinitions of which there are other objects.
 *
 * @param manifests - the objects of the bundle, in any order
 * @example
 * ```ts
 * const { objects } = await down(cluster, readBundle('dist'));
 * const kept = objects.filter(({ result }) => result === 'kept');
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_NOT_READY` if something still exists at the deadline; any code of
 * {@link ClusterObjects.get} and {@link ClusterObjects.delete}
 */
export async function down(
  cluster: Cluster,
  manifests: readonly KubeObject[],
  options: RunOptions = {},
): Promise<DownResult> {
  const start = performance.now();
  const run = new Run(cluster, options);
  await assertSameCluster(run.cluster, Chain.fromObjects(manifests).credentials);
  const { judged, unread } = await judgeBundle(cluster, options, manifests);
  const toDelete = judged.filter(({ reason }) => reason === undefined).map(({ object }) => object);
  await deleteObjects(run, toDelete, { detach: true });
  assertGone(await waitUntilGone(run, toDelete), run.deadline.timeout);
  return { objects: judged.map(outcomeOf), unread, seconds: (performance.now() - start) / 1000 };
}

/**
 * Plans {@link down}: returns what it would delete and keep, and writes nothing.
 *
 * @param manifests - the objects of the bundle, in any order
 * @example
 * ```ts
 * const { objects } = await planDown(cluster, readBundle('dist'));
 * ```
 * @throws EggtoothError any code of {@link ClusterObjects.get}
 */
export async function planDown(
  cluster: Cluster,
  manifests: readonly KubeObject[],
  options: RunOptions = {},
): Promise<DownResult> {
  const start = performance.now();
  const { judged, unread } = await judgeBundle(cluster, options, manifests);
  return { objects: judged.map(outcomeOf), unread, seconds: (performance.now() - start) / 1000 };
}

interface Judged {
  readonly object: KubeObject;
  /** Why it is kept. */
  readonly reason?: string;
}

function outcomeOf({ object, reason }: Judged): RemovedObject {
  const reference = referenceTo(object);
  return reason === undefined ? { ...reference, result: 'deleted' } : { ...reference, result: 'kept', reason };
}

async function judgeBundle(
  cluster: Cluster,
  options: RunOptions,
  stated: readonly KubeObject[],
): Promise<{ readonly judged: readonly Judged[]; readonly unread: readonly Unread[] }> {
  // An aggregated API that is down is not waited for.
  const run = new Run(cluster, { ...options, timeout: SEARCH_TIMEOUT });
  run.report('looking for the objects of the bundle');
  const manifests = await run.place(stated);
  const names = bundleNames(manifests);
  // What they have taken over is the bundle's all the same.
  const syncs = manifests.filter(isKustomization).map((object) => printReference(referenceTo(object)));
  const own = await readAll(run, manifests.map(referenceTo));
  const inventory = await readInventory(run, names);
  const uids = new Set(own.map(uidOf));
  const judged: Judged[] = [
    ...own.map((object) => ({ object, reason: keepReason(object, names, syncs) })),
    ...inventory.objects
      .filter((object) => !uids.has(uidOf(object)))
      .map((object) => ({ object, reason: foreignReason(object, syncs) })),
  ];
  const ours = judged.filter(({ reason }) => reason === undefined).map(({ object }) => object);
  const found = new Set(own.map(identityOf));
  const missing = manifests.filter((object) => !found.has(identityOf(object)));
  const { objects: traces, unread } = await tracesOf(run, manifests, ours, missing);
  const known = new Set(judged.map(({ object }) => uidOf(object)));
  judged.push(...traces.filter((object) => !known.has(uidOf(object))).map((object) => ({ object })));
  return { judged: await keepContents(run, judged), unread: [...inventory.unread, ...unread] };
}

/** Why an object that the bundle contains is kept. */
function keepReason(object: KubeObject, names: readonly string[], syncs: readonly string[]): string | undefined {
  const owner = fluxOwnerOf(object);
  if (owner !== undefined && !syncs.includes(owner)) return `managed by ${owner}`;
  const name = bundleOf(object);
  if (name !== undefined && !names.includes(name)) return `it belongs to the bundle ${name}`;
  if (owner !== undefined || isCreated(object)) return undefined;
  if (isApplied(object)) return 'it existed before eggtooth applied it';
  // Somebody else has applied the manifests of the bundle.
  return name === undefined ? 'eggtooth did not apply it' : undefined;
}

/** What eggtooth and Flux made out of the objects of a bundle: Secrets, requests and HelmCharts. */
async function tracesOf(
  run: Run,
  manifests: readonly KubeObject[],
  ours: readonly KubeObject[],
  missing: readonly KubeObject[],
): Promise<{ readonly objects: readonly KubeObject[]; readonly unread: readonly Unread[] }> {
  const { credentials } = Chain.fromObjects(manifests);
  const unread: Unread[] = [];
  const orUnread = async (what: string, read: Promise<readonly KubeObject[]>) => {
    try {
      return await read;
    } catch (error) {
      if (!isError(error, 'ERR_EGGTOOTH_FORBIDDEN')) throw error;
      unread.push(unreadBecause(what, error));
      return [];
    }
  };
  const named = credentials.flatMap(({ secrets }) => secrets);
  const secrets = await orUnread('Secret', issuedSecrets(run, ours, [], named));
  const users = new Set([
    ...credentials.map(({ user }) => user),
    ...credentials.flatMap((credential) => ours.filter(isBinding).flatMap((one) => generationsOf(one, credential))),
    ...secrets.map(userOf).filter((user) => user !== undefined),
  ]);
  const requests = findRequests(run, [...users], secrets).then((found) => found.ours);
  const charts = readAll(run, [...ours, ...missing].filter(isHelmRelease).flatMap(chartOf));
  return {
    objects: [
      ...secrets,
      ...(await orUnread('CertificateSigningRequest', requests)),
      ...(await orUnread('HelmChart', charts)),
    ],
    unread,
  };
}

/** The HelmChart that helm-controller creates for a HelmRelease, and keeps if that was suspended. */
function chartOf({ metadata, spec }: KubeObject): readonly ObjectReference[] {
  const source = fieldAt(spec, 'chart', 'spec', 'sourceRef');
  if (source === undefined) return [];
  const own = namespaceOf(metadata);
  const namespace = stringAt(source, 'namespace') ?? own;
  return [{ apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'HelmChart', namespace, name: `${own}-${metadata.name}` }];
}

/** Keeps Namespaces and CustomResourceDefinitions with which something else would be lost. */
async function keepContents(run: Run, judged: readonly Judged[]): Promise<readonly Judged[]> {
  const ours = judged.filter(({ reason }) => reason === undefined).map(({ object }) => object);
  const order = inStages(judged.map(({ object }) => object)).flat();
  const reasons = new Map(judged.map(({ object, reason }) => [object, reason]));
  return Promise.all(
    order.map(async (object) => {
      const reason = reasons.get(object);
      if (reason !== undefined || !(isNamespace(object) || isCrd(object))) return { object, reason };
      return { object, reason: await contentReason(run, object, ours) };
    }),
  );
}

async function readAll({ objects }: Run, references: readonly ObjectReference[]): Promise<readonly KubeObject[]> {
  const settled = await mapBounded(references, CONCURRENCY, (reference) => objects.get(reference));
  return settled.flatMap((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value === undefined ? [] : [one.value];
  });
}

/** @throws EggtoothError `ERR_EGGTOOTH_NOT_READY` with everything that is left */
function assertGone(left: readonly KubeObject[], timeout: number): void {
  const [first] = left;
  if (first === undefined) return;
  const list = left.map((object) => {
    const reason = hangingReason(object) ?? 'somebody has created it again';
    return `\n  ${printReference(referenceTo(object))}: ${reason}`;
  });
  throw new EggtoothError(
    'ERR_EGGTOOTH_NOT_READY',
    `not everything of the bundle is gone (waited ${timeout / 1000} s):${list.join('')}`,
    { fix: 'start the controllers that the finalizers belong to, or remove the finalizers; then run again' },
  );
}
