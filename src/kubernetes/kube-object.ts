/** Any Kubernetes object as it stands in a manifest; only what all kinds share is typed. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name?: string;
    readonly generateName?: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** Names one Kubernetes object: what errors and findings speak of. */
export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  /** Absent for cluster-scoped kinds. */
  readonly namespace?: string;
  readonly name: string;
}

/** The reference of an object; a missing name reads `generateName*` or `(unnamed)`. */
export function referenceTo(object: KubeObject): ObjectReference {
  const { name, generateName, namespace } = object.metadata;
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    ...(namespace == null ? {} : { namespace }),
    name: name ?? (generateName === undefined ? '(unnamed)' : `${generateName}*`),
  };
}

/** `Role cozy-system/cozystack-assets-reader`: kind, namespace and name as kubectl's users write them. */
export function printReference({ kind, namespace, name }: ObjectReference): string {
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

/** API group of an apiVersion; empty for the core group. */
export function groupOf(apiVersion: string): string {
  return apiVersion.slice(0, Math.max(apiVersion.lastIndexOf('/'), 0));
}

/** What an object is told apart by, whatever the version of its API: group, kind, namespace and name. */
export function identityOf({ apiVersion, kind, metadata }: KubeObject): string {
  return `${groupOf(apiVersion)} ${kind} ${metadata.namespace ?? ''}/${metadata.name}`;
}
