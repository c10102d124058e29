import type { k8s } from 'cdk8s-plus-28';
import type { ClusterMetadata, GeneratedNameMetadata, Manifest, Plain } from './manifest';

// Types only: with cdk8s-plus-28 loaded, a synth takes a third longer.

/** A rule of a Role or ClusterRole. */
export type PolicyRule = Plain<k8s.PolicyRule>;
/** The pod of a StatefulSet or Deployment. */
export type PodSpec = Plain<k8s.PodSpec>;
/** One container of a pod. */
export type Container = Plain<k8s.Container>;
/** A taint that a pod may be scheduled in spite of. */
export type Toleration = Plain<k8s.Toleration>;

/** A StatefulSet, with its spec. */
export type StatefulSetManifest = Manifest<'apps/v1', 'StatefulSet', Required<k8s.KubeStatefulSetProps>>;
/** A Deployment, with its spec. */
export type DeploymentManifest = Manifest<'apps/v1', 'Deployment', Required<k8s.KubeDeploymentProps>>;
/** A Service, with its spec. */
export type ServiceManifest = Manifest<'v1', 'Service', Required<k8s.KubeServiceProps>>;
/** A Secret. */
export type SecretManifest = Manifest<'v1', 'Secret', k8s.KubeSecretProps>;
/** A ConfigMap. */
export type ConfigMapManifest = Manifest<'v1', 'ConfigMap', k8s.KubeConfigMapProps>;
/** A ServiceAccount. */
export type ServiceAccountManifest = Manifest<'v1', 'ServiceAccount', k8s.KubeServiceAccountProps>;
/** A Namespace: cluster-scoped. */
export type NamespaceManifest = Manifest<'v1', 'Namespace', k8s.KubeNamespaceProps, ClusterMetadata>;

type Rbac = 'rbac.authorization.k8s.io/v1';

/** A Role. */
export type RoleManifest = Manifest<Rbac, 'Role', k8s.KubeRoleProps>;
/** A RoleBinding. */
export type RoleBindingManifest = Manifest<Rbac, 'RoleBinding', k8s.KubeRoleBindingProps>;
/** A ClusterRole: cluster-scoped. */
export type ClusterRoleManifest = Manifest<Rbac, 'ClusterRole', k8s.KubeClusterRoleProps, ClusterMetadata>;
/** A ClusterRoleBinding: cluster-scoped. */
export type ClusterRoleBindingManifest = Manifest<
  Rbac,
  'ClusterRoleBinding',
  k8s.KubeClusterRoleBindingProps,
  ClusterMetadata
>;

/** A CertificateSigningRequest: cluster-scoped, with a `name` or a `generateName`. */
export type CertificateSigningRequestManifest = Manifest<
  'certificates.k8s.io/v1',
  'CertificateSigningRequest',
  k8s.KubeCertificateSigningRequestProps,
  GeneratedNameMetadata
>;
