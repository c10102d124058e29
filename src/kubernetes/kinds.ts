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
/** A Kustomization of Flux, not a kustomization.yaml of kustomize. */
export const isKustomization = ofKind('kustomize.toolkit.fluxcd.io', 'Kustomization');
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
  'ComponentStatus',
  'CSIDriver',
  'CustomResourceDefinition',
  'IngressClass',
  'IPAddress',
  'MutatingWebhookConfiguration',
  'Namespace',
  'Node',
  'PersistentVolume',
  'PriorityClass',
  'RuntimeClass',
  'ServiceCIDR',
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

/** API groups whose kinds are namespaced, but for those above. */
const NAMESPACED_GROUPS = new Set([
  '',
  'apps',
  'autoscaling',
  'batch',
  'coordination.k8s.io',
  'discovery.k8s.io',
  'events.k8s.io',
  'helm.toolkit.fluxcd.io',
  'image.toolkit.fluxcd.io',
  'kustomize.toolkit.fluxcd.io',
  'networking.k8s.io',
  'notification.toolkit.fluxcd.io',
  'policy',
  RBAC,
  SOURCE,
  'source.extensions.fluxcd.io',
]);

/** Whether objects of a kind are known to have a namespace. Of kinds of other groups, only the cluster knows. */
export const isNamespacedKind: KindTest = (object) =>
  NAMESPACED_GROUPS.has(groupOf(object.apiVersion)) && !isClusterScoped(object);
