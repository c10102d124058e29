import { EggtoothError, isError } from '../errors';
import { listAt } from '../kubernetes/fields';
import { type KubeObject, type ObjectReference, referenceTo } from '../kubernetes/kube-object';
import type { ApiCall, Cluster } from './cluster';
import { Discovery, type Kind, type Resource } from './discovery';
import { applyQuery } from './server-side-apply';

/** How an object is written. */
export interface WriteOptions {
  /**
   * Let the API server decide, and store nothing.
   * @default false
   */
  readonly dryRun?: boolean;
}

/** How an object is deleted. */
export interface DeleteOptions extends WriteOptions {
  /**
   * metadata.uid that the object must have: one that was made anew in the meantime stays.
   * @default - any
   */
  readonly uid?: string;
}

/** Kinds whose content must not stand in an error. */
const SECRETIVE = ['Secret', 'CertificateSigningRequest'];

/**
 * Reads, applies and deletes objects of any kind. An object of a namespaced kind without a namespace is in `default`.
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

  /** The object as it stands, or `undefined` if there is none. @throws EggtoothError of the {@link Cluster} */
  async get(reference: ObjectReference): Promise<KubeObject | undefined> {
    return absent(this.call('read the object', 'GET', reference)) as Promise<KubeObject | undefined>;
  }

  /** The objects of a kind in a namespace that have all of the labels. @throws EggtoothError of the {@link Cluster} */
  async list(kind: Kind, namespace: string, labels: Readonly<Record<string, string>>): Promise<readonly KubeObject[]> {
    const { base, plural } = await this.resourceOf({ ...kind, namespace, name: '*' });
    const labelSelector = Object.entries(labels)
      .map((label) => label.join('='))
      .join();
    const path = `${base}/namespaces/${namespace}/${plural}`;
    const purpose = `list the objects of kind ${kind.kind} in ${namespace}`;
    const list = await this.cluster.call({ purpose, method: 'GET', path, query: { labelSelector } });
    // The entries of a list do not say their kind.
    return listAt(list, 'items').map((item) => ({ ...kind, ...(item as object) }) as KubeObject);
  }

  /**
   * Server-side apply: field manager `eggtooth`, which takes the fields from whoever has them, and strict about unknown
   * fields.
   * @returns the object as it stands then
   * @throws EggtoothError of the {@link Cluster}; `ERR_EGGTOOTH_NOT_FOUND` also if its kind or namespace is not there
   */
  async apply(object: KubeObject, { dryRun }: WriteOptions = {}): Promise<KubeObject> {
    if (typeof object.metadata.name !== 'string') {
      throw new EggtoothError('ERR_EGGTOOTH_BUNDLE', 'has no name, and only what has one can be applied', {
        fix: 'give it metadata.name',
        object: referenceTo(object),
      });
    }
    const answer = await this.call('apply the object', 'PATCH', referenceTo(object), {
      query: applyQuery({ dryRun }),
      contentType: 'application/apply-patch+yaml',
      body: object,
    });
    return answer as KubeObject;
  }

  /**
   * Deletes an object; what it owns is deleted after it.
   * @returns whether there was one
   * @throws EggtoothError of the {@link Cluster}; `ERR_EGGTOOTH_API` also if it has another uid
   */
  async delete(reference: ObjectReference, { uid, dryRun = false }: DeleteOptions = {}): Promise<boolean> {
    const options = {
      propagationPolicy: 'Background',
      ...(uid !== undefined && { preconditions: { uid } }),
      ...(dryRun && { dryRun: ['All'] }),
    };
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', ...options };
    return (await absent(this.call('delete the object', 'DELETE', reference, { body }))) !== undefined;
  }

  /** The path of an object. @throws EggtoothError `ERR_EGGTOOTH_NOT_FOUND` if the cluster does not know its kind */
  async pathOf(reference: ObjectReference): Promise<string> {
    const { base, plural, namespaced } = await this.resourceOf(reference);
    const place = namespaced ? `/namespaces/${encodeURIComponent(reference.namespace ?? 'default')}` : '';
    return `${base}${place}/${plural}/${encodeURIComponent(reference.name)}`;
  }

  private async resourceOf(reference: ObjectReference): Promise<Resource> {
    const resource = await this.discovery.find(reference);
    if (resource === undefined) throw unknownKind(reference);
    return resource;
  }

  private async call(
    purpose: string,
    method: ApiCall['method'],
    object: ObjectReference,
    rest: Pick<ApiCall, 'query' | 'body' | 'contentType'> = {},
  ): Promise<unknown> {
    const quotable = !SECRETIVE.includes(object.kind);
    return this.cluster.call({ purpose, method, path: await this.pathOf(object), object, quotable, ...rest });
  }
}

/** The error for an object whose kind the cluster does not know. */
export function unknownKind(object: ObjectReference): EggtoothError {
  return new EggtoothError(
    'ERR_EGGTOOTH_NOT_FOUND',
    `the cluster does not know the kind ${object.kind} of ${object.apiVersion}`,
    {
      fix: 'apply the CRD that defines it first, or put it into the bundle',
      object,
    },
  );
}

function absent(answer: Promise<unknown>): Promise<unknown> {
  return answer.catch((error: unknown) => {
    if (isError(error, 'ERR_EGGTOOTH_NOT_FOUND')) return undefined;
    throw error;
  });
}
