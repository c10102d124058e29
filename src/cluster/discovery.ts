import { EggtoothError, undefinedOn } from '../errors';
import { fieldAt, listAt, stringAt, stringsAt } from '../kubernetes/fields';
import { groupOf, type ObjectReference } from '../kubernetes/kube-object';
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

/** A resource, and what may be done with it. */
interface ServedResource extends Resource {
  readonly verbs: readonly string[];
}

type Resources = ReadonlyMap<string, ServedResource>;

/** What the API server serves, as far as it could be found out. */
export interface DeletableKinds {
  /** Every kind whose objects can be listed and deleted, once, in the preferred version of its group. */
  readonly kinds: readonly (Kind & Pick<Resource, 'namespaced'>)[];
  /** For each API version that cannot be looked up: why. */
  readonly failures: readonly { readonly apiVersion: string; readonly error: EggtoothError }[];
}

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
    if (found !== undefined) {
      const { verbs: _, ...resource } = found;
      return resource;
    }
    this.forget(apiVersion, asked);
    return undefined;
  }

  /** Finds the kinds whose objects can be listed and deleted. An aggregated API that is down hides only its own kinds. */
  async findDeletable(): Promise<DeletableKinds> {
    const call = { purpose: 'look up the API groups', method: 'GET', path: '/apis' } as const;
    const groups = listAt(await this.cluster.call(call), 'groups');
    const versions = ['v1', ...groups.flatMap(versionsOf)];
    const read = await Promise.allSettled(versions.map((apiVersion) => this.readVersion(apiVersion)));
    const kinds = new Map<string, Kind & Pick<Resource, 'namespaced'>>();
    const failures: { apiVersion: string; error: EggtoothError }[] = [];
    for (const [index, one] of read.entries()) {
      const apiVersion = versions[index] ?? '';
      if (one.status === 'rejected') {
        if (!(one.reason instanceof EggtoothError)) throw one.reason;
        failures.push({ apiVersion, error: one.reason });
        continue;
      }
      for (const [kind, { verbs, namespaced }] of one.value) {
        const key = `${groupOf(apiVersion)}/${kind}`;
        const isDeletable = verbs.includes('list') && verbs.includes('delete');
        if (isDeletable && !kinds.has(key)) kinds.set(key, { apiVersion, kind, namespaced });
      }
    }
    return { kinds: [...kinds.values()], failures };
  }

  private async readVersion(apiVersion: string): Promise<Resources> {
    const resources = await this.read({ apiVersion, kind: '' });
    this.known.set(apiVersion, Promise.resolve(resources));
    return resources;
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
        {
          base,
          plural: stringAt(entry, 'name') ?? '',
          namespaced: fieldAt(entry, 'namespaced') === true,
          verbs: stringsAt(entry, 'verbs'),
        },
      ]),
    );
  }
}

/** The versions of an API group, the preferred one first. */
function versionsOf(group: unknown): readonly string[] {
  const preferred = stringAt(group, 'preferredVersion', 'groupVersion');
  const all = listAt(group, 'versions').map((version) => stringAt(version, 'groupVersion'));
  return [...new Set([preferred, ...all])].filter((version) => version !== undefined);
}
