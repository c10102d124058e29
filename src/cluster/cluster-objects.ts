import { EggtoothError, undefinedOn } from '../errors';
import { listAt, stringAt } from '../kubernetes/fields';
import { groupOf, type KubeObject, type ObjectReference, referenceTo } from '../kubernetes/kube-object';
import { withSecretData } from '../kubernetes/secret-data';
import { FIELD_MANAGER, marked } from './applied-mark';
import { type ApiCall, type Cluster, contextNamespace } from './cluster';
import { type DeletableKinds, Discovery, type Kind, type Resource } from './discovery';
import { basePath, resourcePath } from './resource-path';

/** Options for every method of {@link ClusterObjects}. */
export interface CallOptions {
  /**
   * What the call does, for example `read the Secret`. Errors begin with it.
   * @default - verb and kind
   */
  readonly purpose?: string;
}

/** Options for the methods of {@link ClusterObjects} that write. */
export interface WriteOptions extends CallOptions {
  /**
   * Let the API server validate the call without storing anything.
   * @default false
   */
  readonly dryRun?: boolean;
}

/** Options for {@link ClusterObjects.apply}. */
export interface ApplyOptions extends WriteOptions {
  /**
   * Overwrite what other field managers wrote.
   * @default true
   */
  readonly force?: boolean;
  /**
   * Apply only if the object in the cluster has this resourceVersion.
   * @default - apply to any
   */
  readonly resourceVersion?: string;
  /**
   * Let a dry run validate the object in this namespace, because its own does not exist yet.
   * @default - the namespace of the object
   */
  readonly dryRunIn?: string;
  /**
   * Apply as another field manager, without the mark of eggtooth.
   * @default 'eggtooth'
   */
  readonly fieldManager?: string;
}

/** Options for {@link ClusterObjects.patch}. */
export interface PatchOptions extends WriteOptions {
  /**
   * The subresource to patch, for example `approval`.
   * @default - the object itself
   */
  readonly subresource?: string;
}

/** Options for {@link ClusterObjects.delete}. */
export interface DeleteOptions extends WriteOptions {
  /**
   * `metadata.uid` that the object must have, so that one that was recreated in the meantime is kept.
   * @default - any uid
   */
  readonly uid?: string;
}

/** Options for {@link ClusterObjects.list}. */
export interface ListOptions extends CallOptions {
  /**
   * Namespace of the objects.
   * @default - all namespaces
   */
  readonly namespace?: string;
  /**
   * Labels that the objects must have, as in a label selector.
   * @default - any labels
   */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * Fields that the objects must have, as in a field selector.
   * @default - any fields
   */
  readonly fields?: Readonly<Record<string, string>>;
}

/** How many objects one answer holds at most: etcd stores up to 1.5 MiB for each, which is 2 MiB of JSON. */
const PAGE = 30;

/** Resources of kinds that every step uses, so that they need no discovery. */
const WELL_KNOWN: Readonly<Record<string, Omit<Resource, 'base'>>> = {
  '/ConfigMap': { plural: 'configmaps', namespaced: true },
  '/Event': { plural: 'events', namespaced: true },
  '/Namespace': { plural: 'namespaces', namespaced: false },
  '/Pod': { plural: 'pods', namespaced: true },
  '/Secret': { plural: 'secrets', namespaced: true },
  'rbac.authorization.k8s.io/RoleBinding': { plural: 'rolebindings', namespaced: true },
  'rbac.authorization.k8s.io/ClusterRoleBinding': { plural: 'clusterrolebindings', namespaced: false },
  'certificates.k8s.io/CertificateSigningRequest': { plural: 'certificatesigningrequests', namespaced: false },
  'source.toolkit.fluxcd.io/HelmRepository': { plural: 'helmrepositories', namespaced: true },
  'source.toolkit.fluxcd.io/OCIRepository': { plural: 'ocirepositories', namespaced: true },
};

/**
 * Reads, writes and deletes objects of any kind. The namespace of a namespaced object is that of the context if it states none.
 *
 * @example
 * ```ts
 * const objects = new ClusterObjects(cluster);
 * await objects.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'platform' } });
 * ```
 */
export class ClusterObjects {
  private readonly discovery: Discovery;

  constructor(private readonly cluster: Cluster) {
    this.discovery = new Discovery(cluster);
  }

  /**
   * Asks the API server how it serves a kind.
   * @returns `undefined` if it does not serve the kind
   * @throws EggtoothError any code of {@link Cluster.call}
   */
  discover(kind: Kind): Promise<Resource | undefined> {
    return this.discovery.find(kind);
  }

  /**
   * Finds the kinds whose objects can be listed and deleted.
   * @internal
   */
  findDeletable(): Promise<DeletableKinds> {
    return this.discovery.findDeletable();
  }

  /**
   * Reads an object.
   * @returns `undefined` if it does not exist, or its kind does not
   * @throws EggtoothError any other code of {@link Cluster.call}
   */
  async get(reference: ObjectReference, options: CallOptions = {}): Promise<KubeObject | undefined> {
    const found = await undefinedOn(this.call('read', 'GET', reference, options), 'ERR_EGGTOOTH_NOT_FOUND');
    return found as KubeObject | undefined;
  }

  /**
   * Lists the objects of a kind.
   * @returns an empty list if the cluster does not know the kind
   * @throws EggtoothError any other code of {@link Cluster.call}
   */
  async list(kind: Kind, options: ListOptions = {}): Promise<readonly KubeObject[]> {
    const { namespace, labels, fields, purpose = `list the objects of kind ${kind.kind}` } = options;
    const resource = await this.find(kind);
    if (resource === undefined) return [];
    const query = {
      ...(labels && { labelSelector: selector(labels) }),
      ...(fields && { fieldSelector: selector(fields) }),
    };
    const object = namespace === undefined ? {} : { object: { ...kind, namespace, name: '*' } };
    const path = resourcePath(resource, { kind: kind.kind, namespace });
    const items: unknown[] = [];
    let next: string | undefined;
    do {
      const page = { ...query, limit: `${PAGE}`, ...(next && { continue: next }) };
      const call = this.cluster.call({ purpose, method: 'GET', path, query: page, ...object });
      const list = await undefinedOn(call, 'ERR_EGGTOOTH_NOT_FOUND');
      items.push(...listAt(list, 'items'));
      next = stringAt(list, 'metadata', 'continue');
    } while (next);
    // The items of a list do not state their kind.
    return items.map((item) => ({ ...kind, ...(item as object) }) as KubeObject);
  }

  /**
   * Creates an object.
   * @returns the stored object, with its name if it has a `generateName`
   * @throws EggtoothError any code of {@link Cluster.call}
   */
  async create(object: KubeObject, options: WriteOptions = {}): Promise<KubeObject> {
    const { purpose, dryRun } = options;
    const { kind, metadata } = object;
    const resource = await this.resourceOf(referenceTo(object));
    const namespace = this.namespaceIn(resource, metadata.namespace);
    const answer = await this.cluster.call({
      purpose: purpose ?? `create the ${kind}`,
      method: 'POST',
      path: resourcePath(resource, { kind, namespace }),
      query: dryRun ? DRY_RUN : {},
      body: object,
      ...(metadata.name !== undefined && { object: referenceTo(object) }),
      quotable: isQuotable(object),
    });
    return answer as KubeObject;
  }

  /**
   * Applies an object (server-side apply) as field manager `eggtooth`, which takes over the fields of other managers
   * unless `force` is false, and marks it with the annotation `eggtooth.dev/applied`. Unknown fields are rejected. The
   * `stringData` of a Secret is applied as `data`.
   * @returns the stored object
   * @throws EggtoothError `ERR_EGGTOOTH_BUNDLE` if it has no name; `ERR_EGGTOOTH_FOREIGN` if it would overwrite what
   * other field managers wrote, and `force` is false; `ERR_EGGTOOTH_NOT_FOUND` if its kind or namespace
   * does not exist; any other code of {@link Cluster.call}
   */
  async apply(object: KubeObject, options: ApplyOptions = {}): Promise<KubeObject> {
    if (typeof object.metadata.name !== 'string') {
      throw new EggtoothError('ERR_EGGTOOTH_BUNDLE', 'has no name, so it cannot be applied', {
        fix: 'set metadata.name',
        object: referenceTo(object),
      });
    }
    const { dryRunIn: namespace, resourceVersion } = options;
    const reference = referenceTo(object);
    const { fieldManager } = options;
    const { metadata, ...body } = withSecretData(fieldManager === undefined ? marked(object) : object);
    const dryRun = options.dryRun || namespace !== undefined;
    const answer = await this.call('apply', 'PATCH', { ...reference, ...(namespace && { namespace }) }, options, {
      query: { force: `${options.force ?? true}`, fieldValidation: 'Strict', ...writeQuery({ dryRun, fieldManager }) },
      contentType: 'application/apply-patch+yaml',
      body: {
        ...body,
        metadata: { ...metadata, ...(namespace && { namespace }), ...(resourceVersion && { resourceVersion }) },
      },
      quotable: isQuotable(object),
      object: reference,
    });
    return answer as KubeObject;
  }

  /**
   * Patches an object.
   * @param patch - a list is a JSON Patch, an object a JSON Merge Patch
   * @returns the stored object
   * @throws EggtoothError any code of {@link Cluster.call}
   */
  async patch(reference: ObjectReference, patch: object, options: PatchOptions = {}): Promise<KubeObject> {
    const answer = await this.call('patch', 'PATCH', reference, options, {
      query: writeQuery(options),
      contentType: `application/${Array.isArray(patch) ? 'json' : 'merge'}-patch+json`,
      body: patch,
      quotable: isQuotable(reference),
    });
    return answer as KubeObject;
  }

  /**
   * Deletes an object. Kubernetes deletes what it owns afterwards.
   * @returns whether it existed
   * @throws EggtoothError `ERR_EGGTOOTH_API` with status 409 if it has another uid; any other code of
   * {@link Cluster.call}
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
    rest: Pick<ApiCall, 'query' | 'body' | 'contentType' | 'quotable' | 'object'> = {},
  ): Promise<unknown> {
    const resource = await this.resourceOf(object);
    const namespace = this.namespaceIn(resource, object.namespace);
    const path = resourcePath(resource, { ...object, namespace }, subresource);
    return this.cluster.call({ purpose, method, path, object, ...rest });
  }

  private async resourceOf(reference: ObjectReference): Promise<Resource> {
    const resource = await this.find(reference);
    if (resource === undefined) throw unknownKind(reference);
    return resource;
  }

  /** The namespace in which the API server looks for an object; `undefined` for a cluster-scoped kind. */
  private namespaceIn({ namespaced }: Resource, namespace: string | undefined): string | undefined {
    return namespaced ? namespace || contextNamespace(this.cluster) : undefined;
  }

  private async find(kind: Kind): Promise<Resource | undefined> {
    const known = WELL_KNOWN[`${groupOf(kind.apiVersion)}/${kind.kind}`];
    return known === undefined ? this.discovery.find(kind) : { ...known, base: basePath(kind) };
  }
}

/** Whether an error may quote why the API server rejects an object: the reason may repeat what the object contains. */
function isQuotable({ kind }: Pick<KubeObject, 'kind'>): boolean {
  return kind !== 'Secret' && kind !== 'CertificateSigningRequest';
}

const DRY_RUN = { dryRun: 'All' };

function writeQuery({
  dryRun,
  fieldManager = FIELD_MANAGER,
}: WriteOptions & Pick<ApplyOptions, 'fieldManager'>): Readonly<Record<string, string>> {
  return { fieldManager, ...(dryRun && DRY_RUN) };
}

function selector(wanted: Readonly<Record<string, string>>): string {
  return Object.entries(wanted)
    .map((pair) => pair.join('='))
    .join();
}

/** The error for an object of a kind that the cluster does not know. */
export function unknownKind(object: ObjectReference): EggtoothError {
  return new EggtoothError(
    'ERR_EGGTOOTH_NOT_FOUND',
    `the cluster does not know the kind ${object.kind} of ${object.apiVersion}`,
    { fix: 'apply the CRD that defines the kind first, or add it to the bundle', object },
  );
}
