import type { Rule } from '../finding';

/** Built-in kinds without a namespace that a bootstrap bundle may hold. */
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

/** A Chart with a namespace stamps it on cluster-scoped objects too; some tools then refuse or prune them. */
export const clusterScope: Rule = {
  id: 'cluster-scope',
  severity: 'error',
  *check({ objects }) {
    for (const object of objects) {
      const { namespace } = object.metadata;
      if (namespace == null || !CLUSTER_SCOPED.has(object.kind) || !isBuiltIn(object.apiVersion)) continue;
      yield {
        object,
        field: 'metadata.namespace',
        message: `a ${object.kind} belongs to the cluster and has no namespace, not ${JSON.stringify(namespace)}`,
        fix: 'put it in a Chart without a namespace, or remove the field with a JSON patch',
      };
    }
  },
};

/** `v1` or a group of Kubernetes' own; others give such names to kinds of their own, as Longhorn does with Node. */
function isBuiltIn(apiVersion: string): boolean {
  return /^v1$|\.k8s\.io\//.test(apiVersion);
}
