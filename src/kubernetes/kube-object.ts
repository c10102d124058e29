/** A Kubernetes object as it is in a manifest. Only what all kinds share is typed. */
export interface KubeObject {
  /** API group and version, for example `apps/v1`. */
  readonly apiVersion: string;
  /** Kind of the object, for example `Deployment`. */
  readonly kind: string;
  /** What identifies and describes the object. */
  readonly metadata: {
    readonly name?: string;
    readonly generateName?: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  /** Any other field, such as `spec`. */
  readonly [field: string]: unknown;
}

/** What identifies a Kubernetes object. */
export interface ObjectReference {
  /** API group and version, for example `apps/v1`. */
  readonly apiVersion: string;
  /** Kind of the object, for example `Deployment`. */
  readonly kind: string;
  /**
   * Namespace of the object.
   * @default - none: the kind is cluster-scoped
   */
  readonly namespace?: string;
  /** Name of the object. */
  readonly name: string;
}

/** The reference of an object. Instead of a missing name it has `GENERATENAME*` or `(unnamed)`. */
export function referenceTo(object: KubeObject): ObjectReference {
  const { name, generateName, namespace } = object.metadata;
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    ...(namespace == null ? {} : { namespace }),
    name: name ?? (generateName === undefined ? '(unnamed)' : `${generateName}*`),
  };
}

/** Kind, namespace and name of an object, for example `Role cozy-system/cozystack-assets-reader`. */
export function printReference({ kind, namespace, name }: ObjectReference): string {
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

/** The API group of an apiVersion; empty for the core group. */
export function groupOf(apiVersion: string): string {
  return apiVersion.slice(0, Math.max(apiVersion.lastIndexOf('/'), 0));
}
