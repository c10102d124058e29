import { undefinedOn } from '../errors';
import { fieldAt, listAt, stringAt } from '../kubernetes/fields';
import type { ObjectReference } from '../kubernetes/kube-object';
import type { Cluster } from './cluster';
import { basePath } from './resource-path';

/** API version and kind, as manifests state them. */
export type Kind = Pick<ObjectReference, 'apiVersion' | 'kind'>;

/** How the API server serves a kind. */
export interface Resource {
  /** Path of the API version, for example `/apis/apps/v1`. */
  readonly base: string;
  /** For example `statefulsets`. */
  readonly plural: string;
  /** Whether its objects are in namespaces. */
  readonly namespaced: boolean;
}

type Resources = ReadonlyMap<string, Resource>;

/**
 * Finds out how a cluster serves a kind. Each API version is read once. A kind that is missing is looked up again, so
 * that the kinds of new CRDs are found.
 */
export class Discovery {
  private readonly known = new Map<string, Promise<Resources>>();

  constructor(private readonly cluster: Cluster) {}

  /** The resource of a kind; `undefined` if the cluster does not serve it. */
  async find({ apiVersion, kind }: Kind): Promise<Resource | undefined> {
    const asked = this.known.get(apiVersion) ?? this.read({ apiVersion, kind });
    this.known.set(apiVersion, asked);
    const found = await asked.then(
      (resources) => resources.get(kind),
      (error: unknown) => {
        this.forget(apiVersion, asked);
        throw error;
      },
    );
    if (found === undefined) this.forget(apiVersion, asked);
    return found;
  }

  private forget(apiVersion: string, asked: Promise<Resources>): void {
    if (this.known.get(apiVersion) === asked) this.known.delete(apiVersion);
  }

  private async read(kind: Kind): Promise<Resources> {
    const base = basePath(kind);
    const call = { purpose: `look up the kinds of ${kind.apiVersion}`, method: 'GET', path: base } as const;
    const list = await undefinedOn(this.cluster.call(call), 'ERR_EGGTOOTH_NOT_FOUND');
    // The list includes subresources, such as `statefulsets/scale`.
    const resources = listAt(list, 'resources').filter((entry) => !stringAt(entry, 'name')?.includes('/'));
    return new Map(
      resources.map((entry) => [
        stringAt(entry, 'kind') ?? '',
        { base, plural: stringAt(entry, 'name') ?? '', namespaced: fieldAt(entry, 'namespaced') === true },
      ]),
    );
  }
}
