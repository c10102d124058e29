import { groupOf, type KubeObject } from './kube-object';

/** Whether an object is of a kind, in any version of its API group. */
type KindTest = (object: Pick<KubeObject, 'apiVersion' | 'kind'>) => boolean;

function ofKind(group: string, ...kinds: readonly string[]): KindTest {
  return ({ apiVersion, kind }) => kinds.includes(kind) && groupOf(apiVersion) === group;
}

const [RBAC, SOURCE] = ['rbac.authorization.k8s.io', 'source.toolkit.fluxcd.io'];

export const isNamespace = ofKind('', 'Namespace');
export const isConfigMap = ofKind('', 'ConfigMap');
export const isSecret = ofKind('', 'Secret');
export const isService = ofKind('', 'Service');
export const isCrd = ofKind('apiextensions.k8s.io', 'CustomResourceDefinition');
/** A Role or ClusterRole. */
export const isRole = ofKind(RBAC, 'Role', 'ClusterRole');
/** A RoleBinding or ClusterRoleBinding. */
export const isBinding = ofKind(RBAC, 'RoleBinding', 'ClusterRoleBinding');
export const isHelmRepository = ofKind(SOURCE, 'HelmRepository');
export const isHelmChart = ofKind(SOURCE, 'HelmChart');
export const isOciRepository = ofKind(SOURCE, 'OCIRepository');
export const isStatefulSet = ofKind('apps', 'StatefulSet');
export const isHelmRelease = ofKind('helm.toolkit.fluxcd.io', 'HelmRelease');
export const isArtifactGenerator = ofKind('source.extensions.fluxcd.io', 'ArtifactGenerator');

/** Whether an object is a source of Flux: a repository, a chart, or an ExternalArtifact. */
export function isFluxSource({ apiVersion }: Pick<KubeObject, 'apiVersion'>): boolean {
  return groupOf(apiVersion) === SOURCE;
}

const BUILT_IN_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/** Whether every cluster has the namespace, so that no bundle has to create it. */
export function isBuiltInNamespace(name: string): boolean {
  return BUILT_IN_NAMESPACES.includes(name);
}

/** Built-in cluster-scoped kinds that a bootstrap bundle may contain. */
const CLUSTER_SCOPED = new Set([
  'APIService',
  'CertificateSigningRequest',
  'ClusterRole',
  'ClusterRoleBinding',
  'ClusterTrustBundle',
  'CSIDriver',
  'CustomResourceDefinition',
  'IngressClass',
  'MutatingWebhookConfiguration',
  'Namespace',
  'Node',
  'PersistentVolume',
  'PriorityClass',
  'RuntimeClass',
  'StorageClass',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'ValidatingWebhookConfiguration',
]);

/**
 * Whether objects of a built-in kind have no namespace. Groups other than those of Kubernetes reuse these names, as Longhorn
 * does with Node.
 */
export const isClusterScoped: KindTest = ({ apiVersion, kind }) =>
  CLUSTER_SCOPED.has(kind) && /^v1$|\.k8s\.io\//.test(apiVersion);
