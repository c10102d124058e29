import type { Kind } from '../../cluster/discovery';
import { EggtoothError } from '../../errors';
import { fieldAt, listAt } from '../../kubernetes/fields';
import { groupOf, type KubeObject } from '../../kubernetes/kube-object';
import { BUNDLE_LABEL, bundleOf } from '../../kubernetes/labels';
import { mapBounded } from '../../signing/bounded';
import type { Run } from '../run';

/** What could not be looked at. */
export interface Unread {
  /** The kind, or what else was to be looked at. */
  readonly what: string;
  /** Why. */
  readonly reason: string;
  /**
   * HTTP status of the API server's answer, for example 403.
   * @default - none: the API server did not answer
   */
  readonly status?: number;
}

/** What an error kept from being looked at. */
export function unreadBecause(what: string, { problem, status }: EggtoothError): Unread {
  return { what, reason: problem, ...(status !== undefined && { status }) };
}

/** Objects that were found in the cluster. */
export interface Inventory {
  readonly objects: readonly KubeObject[];
  readonly unread: readonly Unread[];
}

/** Kinds that controllers make out of other objects, with the labels of those, or that nobody misses. */
const DERIVED = new Set([
  '/Endpoints',
  '/Event',
  'coordination.k8s.io/Lease',
  'discovery.k8s.io/EndpointSlice',
  'events.k8s.io/Event',
]);

/** How long a search may take, in milliseconds, although the API server cannot answer for some kinds. */
export const SEARCH_TIMEOUT = 5000;

/** How many kinds are looked at at the same time. */
const CONCURRENCY = 8;

/** The names of the bundles that objects belong to. */
export function bundleNames(objects: readonly KubeObject[]): readonly string[] {
  return [...new Set(objects.map(bundleOf).filter((name) => name !== undefined))];
}

/**
 * Objects with the name of their bundle. If all that state a name state the same, the others belong to that bundle too;
 * among several bundles, what states no name belongs to none.
 */
export function withBundleName(objects: readonly KubeObject[]): readonly KubeObject[] {
  const [name, ...others] = bundleNames(objects);
  if (name === undefined || others.length > 0) return objects;
  return objects.map((object) => {
    if (bundleOf(object) !== undefined) return object;
    const labels = { ...object.metadata.labels, [BUNDLE_LABEL]: name };
    return { ...object, metadata: { ...object.metadata, labels } };
  });
}

/** Finds the objects of bundles by their label, of every kind that the cluster serves. */
export async function readInventory(run: Run, names: readonly string[]): Promise<Inventory> {
  if (names.length === 0) return { objects: [], unread: [] };
  const { kinds, unread } = await readKinds(run);
  const found = await Promise.all(
    names.map((name) =>
      listKinds(kinds, ({ apiVersion, kind }) =>
        run.objects.list({ apiVersion, kind }, { labels: { [BUNDLE_LABEL]: name } }),
      ),
    ),
  );
  return {
    objects: found.flatMap((one) => one.objects),
    unread: [...unread, ...(found[0]?.unread ?? [])],
  };
}

/** Finds what a namespace contains, without what Kubernetes adds to every namespace or deletes by itself. */
export async function readContents(run: Run, namespace: string): Promise<Inventory> {
  const { kinds, unread } = await readKinds(run);
  const namespaced = kinds.filter((kind) => kind.namespaced);
  const found = await listKinds(namespaced, ({ apiVersion, kind }) =>
    run.objects.list({ apiVersion, kind }, { namespace }),
  );
  return {
    objects: found.objects.filter((object) => !isOfEveryNamespace(object)),
    unread: [...unread, ...found.unread],
  };
}

interface Kinds {
  readonly kinds: readonly (Kind & { readonly namespaced: boolean })[];
  readonly unread: readonly Unread[];
}

async function readKinds({ objects }: Run): Promise<Kinds> {
  const { kinds, failures } = await objects.findDeletable();
  return {
    kinds: kinds.filter(({ apiVersion, kind }) => !DERIVED.has(`${groupOf(apiVersion)}/${kind}`)),
    unread: failures.map(({ apiVersion, error }) => unreadBecause(apiVersion, error)),
  };
}

/** Lists kinds. What controllers own is not among the result: it goes with its owner. */
export async function listKinds(
  kinds: readonly Kind[],
  list: (kind: Kind) => Promise<readonly KubeObject[]>,
): Promise<Inventory> {
  const settled = await mapBounded(kinds, CONCURRENCY, list);
  const unread: Unread[] = [];
  const objects = settled.flatMap((one, index) => {
    if (one.status === 'fulfilled') return one.value;
    if (!(one.reason instanceof EggtoothError)) throw one.reason;
    unread.push(unreadBecause(kinds[index]?.kind ?? '', one.reason));
    return [];
  });
  return { objects: objects.filter((object) => !isControlled(object)), unread };
}

function isControlled({ metadata }: KubeObject): boolean {
  return listAt(metadata, 'ownerReferences').some((owner) => fieldAt(owner, 'controller') === true);
}

function isOfEveryNamespace({ kind, metadata: { name = '' }, type }: KubeObject): boolean {
  if (kind === 'ServiceAccount') return name === 'default';
  if (kind === 'ConfigMap') return name === 'kube-root-ca.crt';
  return kind === 'Secret' && type === 'kubernetes.io/service-account-token';
}
