import type { ApiObjectMetadata } from 'cdk8s';

/** Metadata that every object can have, beside its name and namespace. */
export type CommonMetadata = {
  readonly [K in 'labels' | 'annotations' | 'finalizers' | 'ownerReferences']?: ApiObjectMetadata[K];
};

/** Metadata of an object in a namespace. */
export type NamespacedMetadata = CommonMetadata & { readonly name: string; readonly namespace: string };

/** Metadata of a cluster-scoped object, which never has a namespace. */
export type ClusterMetadata = CommonMetadata & { readonly name: string; readonly namespace?: never };

/** Metadata of a cluster-scoped object with a name, or with a prefix of the name that the API server generates. */
export type GeneratedNameMetadata = CommonMetadata & { readonly namespace?: never } & (
    | { readonly name: string; readonly generateName?: never }
    | { readonly generateName: string; readonly name?: never }
  );

/**
 * A Kubernetes object as it is in YAML, typed by the props that `cdk8s import` generates from its schema. A cdk8s
 * `ApiObject` accepts it as its props.
 *
 * @example
 * ```ts
 * const role: RoleManifest = {
 *   apiVersion: 'rbac.authorization.k8s.io/v1',
 *   kind: 'Role',
 *   metadata: { name: 'cozystack-assets-reader', namespace: 'cozy-system' },
 *   rules: [route.policyRule],
 * };
 * new ApiObject(this, 'Role', role);
 * ```
 */
export type Manifest<ApiVersion extends string, Kind extends string, Props, Metadata = NamespacedMetadata> = {
  readonly apiVersion: ApiVersion;
  readonly kind: Kind;
  readonly metadata: Metadata;
} & Plain<Omit<Props, 'metadata'>>;

/**
 * A type of `cdk8s import` as plain data: classes, dates and enums become what they are in YAML, fields have the names of
 * the API, and arrays are readonly.
 */
export type Plain<T> = unknown extends T
  ? unknown
  : T extends string
    ? `${T}`
    : T extends number | boolean | null | undefined
      ? T
      : T extends Date
        ? string
        : T extends readonly (infer Item)[]
          ? readonly Plain<Item>[]
          : [T, Boxed] extends [Boxed, T]
            ? Boxed['value']
            : { readonly [Field in keyof T as ApiName<Field>]: Plain<T[Field]> };

/** Structure of the generated classes `IntOrString` and `Quantity`. */
interface Boxed {
  readonly value: string | number;
}

type ApiName<Field> = Field extends keyof ApiNames ? ApiNames[Field] : Field;

/** Fields whose names `cdk8s import` changes, and their names in the API. */
export interface ApiNames {
  readonly clientIp: 'clientIP';
  readonly clusterIp: 'clusterIP';
  readonly datasetUuid: 'datasetUUID';
  readonly disableOpenApiValidation: 'disableOpenAPIValidation';
  readonly diskUri: 'diskURI';
  readonly downwardApi: 'downwardAPI';
  readonly hostIp: 'hostIP';
  readonly hostIpc: 'hostIPC';
  readonly hostPid: 'hostPID';
  readonly loadBalancerIp: 'loadBalancerIP';
  readonly matchOidcIdentity: 'matchOIDCIdentity';
  readonly nonResourceUrLs: 'nonResourceURLs';
  readonly pdId: 'pdID';
  readonly scaleIo: 'scaleIO';
  readonly setHostnameAsFqdn: 'setHostnameAsFQDN';
  readonly skipCrDs: 'skipCRDs';
  readonly storagePolicyId: 'storagePolicyID';
  readonly targetWwNs: 'targetWWNs';
  readonly volumeId: 'volumeID';
}
