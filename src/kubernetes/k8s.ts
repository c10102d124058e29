import type { k8s } from 'cdk8s-plus-28';
import type { ClusterMetadata, GeneratedNameMetadata, Manifest, Plain } from './manifest';

// Types only: loading cdk8s-plus-28 makes a synth a third slower. The package does not even need its types: the build
// writes them out (tools/build/plain-types.ts).

/** A rule of a Role or ClusterRole. */
export type PolicyRule = Plain<k8s.PolicyRule>;
/** A container of a pod. */
export type Container = Plain<k8s.Container>;
/** An environment variable of a container. */
export type EnvVar = Plain<k8s.EnvVar>;
/** The resource requests and limits of a container. */
export type ResourceRequirements = Plain<k8s.ResourceRequirements>;
/** Scheduling constraints of a pod. */
export type Affinity = Plain<k8s.Affinity>;
/** A toleration of a pod: a taint that does not keep the pod off a node. */
export type Toleration = Plain<k8s.Toleration>;
/** A volume of a pod. */
export type Volume = Plain<k8s.Volume>;
/** Where a container sees a volume of its pod. */
export type VolumeMount = Plain<k8s.VolumeMount>;
/** What a container may do on its node. */
export type SecurityContext = Plain<k8s.SecurityContext>;
/** The name of another object in the same namespace, for example of a Secret with the credentials for a registry. */
export type LocalObjectReference = Plain<k8s.LocalObjectReference>;

/** A StatefulSet, with its spec. */
export type StatefulSetManifest = Manifest<'apps/v1', 'StatefulSet', Required<k8s.KubeStatefulSetProps>>;
/** A Deployment, with its spec. */
export type DeploymentManifest = Manifest<'apps/v1', 'Deployment', Required<k8s.KubeDeploymentProps>>;
/** A Service, with its spec. */
export type ServiceManifest = Manifest<'v1', 'Service', Required<k8s.KubeServiceProps>>;
/** A ServiceAccount. */
export type ServiceAccountManifest = Manifest<'v1', 'ServiceAccount', k8s.KubeServiceAccountProps>;
/** A ResourceQuota, with its spec. */
export type ResourceQuotaManifest = Manifest<'v1', 'ResourceQuota', Required<k8s.KubeResourceQuotaProps>>;
/** A PersistentVolumeClaim, with its spec. */
export type PersistentVolumeClaimManifest = Manifest<
  'v1',
  'PersistentVolumeClaim',
  Required<k8s.KubePersistentVolumeClaimProps>
>;
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

/** A ConfigMap. */
export type ConfigMapManifest = Manifest<'v1', 'ConfigMap', k8s.KubeConfigMapProps>;
/** A Job, with its spec. */
export type JobManifest = Manifest<'batch/v1', 'Job', Required<k8s.KubeJobProps>>;
/** A CronJob, with its spec. */
export type CronJobManifest = Manifest<'batch/v1', 'CronJob', Required<k8s.KubeCronJobProps>>;

type Admission = 'admissionregistration.k8s.io/v1';

/** A ValidatingAdmissionPolicy: cluster-scoped. Kubernetes 1.30 serves as v1 what 1.28 serves as v1beta1. */
export type AdmissionPolicyManifest = Manifest<
  Admission,
  'ValidatingAdmissionPolicy',
  Required<Pick<k8s.KubeValidatingAdmissionPolicyV1Beta1Props, 'spec'>>,
  ClusterMetadata
>;
/** A ValidatingAdmissionPolicyBinding: cluster-scoped. */
export type AdmissionPolicyBindingManifest = Manifest<
  Admission,
  'ValidatingAdmissionPolicyBinding',
  Required<k8s.KubeValidatingAdmissionPolicyBindingV1Beta1Props>,
  ClusterMetadata
>;
