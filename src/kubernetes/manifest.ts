import type { ApiObjectMetadata } from 'cdk8s';

/** What every object's metadata may hold beside its name and namespace. */
export type CommonMetadata = {
  readonly [K in 'labels' | 'annotations' | 'finalizers' | 'ownerReferences']?: ApiObjectMetadata[K];
};

/** Metadata of an object in a namespace. */
export type NamespacedMetadata = CommonMetadata & { readonly name: string; readonly namespace: string };

/** Metadata of a cluster-scoped object: it never carries a namespace. */
export type ClusterMetadata = CommonMetadata & { readonly name: string; readonly namespace?: never };

/** Metadata of a cluster-scoped object that the API server may name itself. */
export type GeneratedNameMetadata = CommonMetadata & { readonly namespace?: never } & (
    | { readonly name: string; readonly generateName?: never }
    | { readonly generateName: string; readonly name?: never }
  );

/**
 * One Kubernetes object as it stands in YAML, typed by the props that `cdk8s import` made of its schema. It is what a
 * cdk8s `ApiObject` takes.
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
 * A type of `cdk8s import` as plain data: classes and dates as what they are in YAML, enums as their strings, fields
 * under the names that the API server knows, arrays readonly.
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

/** Form of the classes `IntOrString` and `Quantity`. */
interface Boxed {
  readonly value: string | number;
}

type ApiName<Field> = Field extends keyof ApiNames ? ApiNames[Field] : Field;

/** Fields that `cdk8s import` spells in its own way, and their names in the API. */
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
