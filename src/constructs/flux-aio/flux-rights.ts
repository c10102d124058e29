import type { ClusterRoleBindingManifest, ClusterRoleManifest } from '../../kubernetes/k8s';
import type { ClusterMetadata } from '../../kubernetes/manifest';

/** Makes Flux an administrator of the cluster, because it applies objects of any kind. */
export function administratorOf(
  metadata: ClusterMetadata,
  serviceAccount: { readonly name: string; readonly namespace: string },
): ClusterRoleBindingManifest {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', ...serviceAccount }],
  };
}

/** Allows everybody who can view a namespace to view Flux's objects in it. */
export function viewerOf(metadata: ClusterMetadata): ClusterRoleManifest {
  const roles = ['admin', 'edit', 'view'].map((role) => [`rbac.authorization.k8s.io/aggregate-to-${role}`, 'true']);
  const toolkits = ['notification', 'source', 'helm', 'image', 'kustomize'].map((kit) => `${kit}.toolkit.fluxcd.io`);
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { ...metadata, labels: { ...metadata.labels, ...Object.fromEntries(roles) } },
    rules: [
      {
        apiGroups: [...toolkits, 'source.extensions.fluxcd.io'],
        resources: ['*'],
        verbs: ['get', 'list', 'watch'],
      },
    ],
  };
}
