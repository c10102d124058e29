import type { Rule } from '../finding';

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

/** cdk8s stamps the namespace of a Chart on cluster-scoped objects too; some tools then reject or prune them. */
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
        message: `a ${object.kind} is cluster-scoped and has no namespace, but this one has ${JSON.stringify(namespace)}`,
        fix: 'put it into a Chart without a namespace, or remove the field with a JSON patch',
      };
    }
  },
};

/** Whether it is `v1` or a group of Kubernetes. Other groups reuse these names, as Longhorn does with Node. */
function isBuiltIn(apiVersion: string): boolean {
  return /^v1$|\.k8s\.io\//.test(apiVersion);
}
