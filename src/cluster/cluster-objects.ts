import { EggtoothError, undefinedOn } from '../errors';
import { listAt } from '../kubernetes/fields';
import { groupOf, type KubeObject, type ObjectReference, referenceTo } from '../kubernetes/kube-object';
import type { ApiCall, Cluster } from './cluster';
import { baseOf, Discovery, type Kind, type Resource } from './discovery';

/** Field manager of everything that eggtooth applies. */
export const FIELD_MANAGER = 'eggtooth';

/** Options of every call on an object. */
export interface CallOptions {
  /**
   * What the call is for, as in `read the Secret`: errors begin with it.
   * @default - the verb and the kind
   */
  readonly purpose?: string;
}

/** Options of every call that writes. */
export interface WriteOptions extends CallOptions {
  /**
   * Let the API server decide, and store nothing.
   * @default false
   */
  readonly dryRun?: boolean;
}

/** Options of {@link ClusterObjects.patch}. */
export interface PatchOptions extends WriteOptions {
  /** For example `approval`. */
  readonly subresource?: string;
}

/** Options of {@link ClusterObjects.delete}. */
export interface DeleteOptions extends WriteOptions {
  /**
   * metadata.uid that the object must have: one that was recreated in the meantime stays.
   * @default - any
   */
  readonly uid?: string;
}

/** Which objects of a kind are listed. */
export interface ListOptions extends CallOptions {
  /** @default - every namespace */
  readonly namespace?: string;
  /** Labels that they have, all of them. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Fields that they have, as a field selector knows them. */
  readonly fields?: Readonly<Record<string, string>>;
}

/** Kinds whose content must not stand in an error. */
const SECRETIVE = ['Secret', 'CertificateSigningRequest'];

/** Kinds that are found without asking the API server, so that signing costs no discovery. */
const WELL_KNOWN: Readonly<Record<string, Omit<Resource, 'base'>>> = {
  '/ConfigMap': { plural: 'configmaps', namespaced: true },
  '/Event': { plural: 'events', namespaced: true },
  '/Pod': { plural: 'pods', namespaced: true },
  '/Secret': { plural: 'secrets', namespaced: true },
  'rbac.authorization.k8s.io/RoleBinding': { plural: 'rolebindings', namespaced: true },
  'rbac.authorization.k8s.io/ClusterRoleBinding': { plural: 'clusterrolebindings', namespaced: false },
  'certificates.k8s.io/CertificateSigningRequest': { plural: 'certificatesigningrequests', namespaced: false },
  'source.toolkit.fluxcd.io/HelmRepository': { plural: 'helmrepositories', namespaced: true },
  'source.toolkit.fluxcd.io/OCIRepository': { plural: 'ocirepositories', namespaced: true },
};

/**
 * Reads, writes and deletes objects of any kind. An object of a namespaced kind without a namespace is in `default`.
 *
 * @example
 * ```ts
 * const objects = new ClusterObjects(cluster);
 * await objects.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'platform' } });
 * ```
 */
export class ClusterObjects {
  /** Where the kinds are served. */
  readonly discovery: Discovery;

  constructor(private readonly cluster: Cluster) {
    this.discovery = new Discovery(cluster);
  }

  /** The object, or `undefined` if there is none. @throws EggtoothError of the {@link Cluster} */
  async get(reference: ObjectReference, options: CallOptions = {}): Promise<KubeObject | undefined> {
    const found = await undefinedOn(this.call('read', 'GET', reference, options), 'ERR_EGGTOOTH_NOT_FOUND');
    return found as KubeObject | undefined;
  }

  /** The objects of a kind; none if the cluster does not know the kind. @throws EggtoothError of the {@link Cluster} */
  async list(kind: Kind, options: ListOptions = {}): Promise<readonly KubeObject[]> {
    const { namespace, labels, fields, purpose = `list the objects of kind ${kind.kind}` } = options;
    const resource = await this.find(kind);
    if (resource === undefined) return [];
    const query = {
      ...(labels && { labelSelector: selector(labels) }),
      ...(fields && { fieldSelector: selector(fields) }),
    };
    const object = namespace === undefined ? {} : { object: { ...kind, namespace, name: '*' } };
    const path = collectionPath(resource, namespace);
    const list = await this.cluster.call({ purpose, method: 'GET', path, query, ...object });
    // The entries of a list do not say their kind.
    return listAt(list, 'items').map((item) => ({ ...kind, ...(item as object) }) as KubeObject);
  }

  /**
   * Creates an object; the API server completes a generateName.
   * @returns the object as it is stored
   * @throws EggtoothError of the {@link Cluster}
   */
  async create(object: KubeObject, { purpose, dryRun }: WriteOptions = {}): Promise<KubeObject> {
    const resource = await this.resourceOf(referenceTo(object));
    const answer = await this.cluster.call({
      purpose: purpose ?? `create the ${object.kind}`,
      method: 'POST',
      path: collectionPath(resource, resource.namespaced ? (object.metadata.namespace ?? 'default') : undefined),
      query: dryRun ? DRY_RUN : {},
      body: object,
      ...(object.metadata.name !== undefined && { object: referenceTo(object) }),
      quotable: !SECRETIVE.includes(object.kind),
    });
    return answer as KubeObject;
  }

  /**
   * Server-side apply: field manager `eggtooth`, which takes the fields from whoever has them, and strict about unknown
   * fields.
   * @returns the object as it is stored
   * @throws EggtoothError of the {@link Cluster}; `ERR_EGGTOOTH_NOT_FOUND` also if its kind or namespace does not exist
   */
  async apply(object: KubeObject, options: WriteOptions = {}): Promise<KubeObject> {
    if (typeof object.metadata.name !== 'string') {
      throw new EggtoothError('ERR_EGGTOOTH_BUNDLE', 'has no name, and only an object with a name can be applied', {
        fix: 'set metadata.name',
        object: referenceTo(object),
      });
    }
    const answer = await this.call('apply', 'PATCH', referenceTo(object), options, {
      query: { force: 'true', fieldValidation: 'Strict', ...writeQuery(options) },
      contentType: 'application/apply-patch+yaml',
      body: object,
    });
    return answer as KubeObject;
  }

  /**
   * Patches an object: a list is a JSON Patch, anything else a JSON Merge Patch.
   * @returns the object as it is stored
   * @throws EggtoothError of the {@link Cluster}
   */
  async patch(reference: ObjectReference, body: object, options: PatchOptions = {}): Promise<KubeObject> {
    const answer = await this.call('patch', 'PATCH', reference, options, {
      query: writeQuery(options),
      contentType: `application/${Array.isArray(body) ? 'json' : 'merge'}-patch+json`,
      body,
    });
    return answer as KubeObject;
  }

  /**
   * Deletes an object; what it owns is deleted after it.
   * @returns whether there was one
   * @throws EggtoothError of the {@link Cluster}; `ERR_EGGTOOTH_API` with status 409 if it has another uid
   */
  async delete(reference: ObjectReference, options: DeleteOptions = {}): Promise<boolean> {
    const { uid, dryRun = false } = options;
    const body = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      propagationPolicy: 'Background',
      ...(uid !== undefined && { preconditions: { uid } }),
      ...(dryRun && { dryRun: ['All'] }),
    };
    const call = this.call('delete', 'DELETE', reference, options, { body });
    return (await undefinedOn(call, 'ERR_EGGTOOTH_NOT_FOUND')) !== undefined;
  }

  private async call(
    verb: string,
    method: ApiCall['method'],
    object: ObjectReference,
    { purpose = `${verb} the ${object.kind}`, subresource }: PatchOptions,
    rest: Pick<ApiCall, 'query' | 'body' | 'contentType'> = {},
  ): Promise<unknown> {
    const resource = await this.resourceOf(object);
    const namespace = resource.namespaced ? (object.namespace ?? 'default') : undefined;
    const segments = [collectionPath(resource, namespace), encodeURIComponent(object.name), subresource];
    const path = segments.filter((segment) => segment !== undefined).join('/');
    const quotable = !SECRETIVE.includes(object.kind);
    return this.cluster.call({ purpose, method, path, object, quotable, ...rest });
  }

  private async resourceOf(reference: ObjectReference): Promise<Resource> {
    const resource = await this.find(reference);
    if (resource === undefined) throw unknownKind(reference);
    return resource;
  }

  private async find(kind: Kind): Promise<Resource | undefined> {
    const known = WELL_KNOWN[`${groupOf(kind.apiVersion)}/${kind.kind}`];
    return known === undefined ? this.discovery.find(kind) : { ...known, base: baseOf(kind.apiVersion) };
  }
}

const DRY_RUN = { dryRun: 'All' };

function writeQuery({ dryRun }: WriteOptions): Readonly<Record<string, string>> {
  return { fieldManager: FIELD_MANAGER, ...(dryRun && DRY_RUN) };
}

function collectionPath({ base, plural }: Resource, namespace: string | undefined): string {
  return namespace === undefined
    ? `${base}/${plural}`
    : `${base}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
}

function selector(wanted: Readonly<Record<string, string>>): string {
  return Object.entries(wanted)
    .map((pair) => pair.join('='))
    .join();
}

/** The error for an object whose kind the cluster does not know. */
export function unknownKind(object: ObjectReference): EggtoothError {
  return new EggtoothError(
    'ERR_EGGTOOTH_NOT_FOUND',
    `the cluster does not know the kind ${object.kind} of ${object.apiVersion}`,
    { fix: 'apply the CRD that defines it first, or add it to the bundle', object },
  );
}
