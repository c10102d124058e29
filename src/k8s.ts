import type { k8s } from 'cdk8s-plus-28';
import type { ClusterMetadata, GeneratedNameMetadata, Manifest, Plain } from './manifest';

// Types only: with cdk8s-plus-28 loaded, a synth takes a third longer.

/** A rule of a Role or ClusterRole. */
export type PolicyRule = Plain<k8s.PolicyRule>;

/** A StatefulSet, with its spec. */
export type StatefulSetManifest = Manifest<'apps/v1', 'StatefulSet', Required<k8s.KubeStatefulSetProps>>;
/** A Deployment, with its spec. */
export type DeploymentManifest = Manifest<'apps/v1', 'Deployment', Required<k8s.KubeDeploymentProps>>;
/** A Service, with its spec. */
export type ServiceManifest = Manifest<'v1', 'Service', Required<k8s.KubeServiceProps>>;
/** A Secret. */
export type SecretManifest = Manifest<'v1', 'Secret', k8s.KubeSecretProps>;
/** A Namespace: cluster-scoped. */
export type NamespaceManifest = Manifest<'v1', 'Namespace', k8s.KubeNamespaceProps, ClusterMetadata>;

type Rbac = 'rbac.authorization.k8s.io/v1';

/** A Role. */
export type RoleManifest = Manifest<Rbac, 'Role', k8s.KubeRoleProps>;
/** A RoleBinding. */
export type RoleBindingManifest = Manifest<Rbac, 'RoleBinding', k8s.KubeRoleBindingProps>;
/** A ClusterRole: cluster-scoped. */
export type ClusterRoleManifest = Manifest<Rbac, 'ClusterRole', k8s.KubeClusterRoleProps, ClusterMetadata>;

/** A CertificateSigningRequest: cluster-scoped, with a `name` or a `generateName`. */
export type CertificateSigningRequestManifest = Manifest<
  'certificates.k8s.io/v1',
  'CertificateSigningRequest',
  k8s.KubeCertificateSigningRequestProps,
  GeneratedNameMetadata
>;
