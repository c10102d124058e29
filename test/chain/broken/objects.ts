import { JsonPatch } from 'cdk8s';
import type { KubeObject } from '../../../src/kubernetes/kube-object';
import { find, goldenObjects, goldenThroughService } from '../../support/golden';
import { type Broken, binding, bindingReference, extended, patched, type Sound } from './broken';

const statefulSet = 'StatefulSet cozystack-assets';

const offTheHostNetwork = {
  rule: 'host-network',
  at: ['StatefulSet cozy-system/cozystack-assets'],
  field: 'spec.template.spec.hostNetwork',
  says: 'without a CNI the API server cannot reach any other',
  fix: 'set hostNetwork: true',
};

function clusterScoped(apiVersion: string, kind: string, namespace = 'cozy-system'): KubeObject {
  return { apiVersion, kind, metadata: { name: 'any', namespace } };
}

function secret(apiVersion = 'v1', namespace: string | undefined = 'cozy-public'): KubeObject {
  return { apiVersion, kind: 'Secret', metadata: { name: 'cozystack-assets-tls', namespace } };
}

/** Broken by an object that is in the bundle and should not, or not so. */
export const brokenObjects: readonly Broken[] = [
  {
    rule: 'object-unique',
    by: 'the same object twice',
    ...extended(find(goldenObjects(), 'Service cozystack-assets')),
    at: ['Service cozy-system/cozystack-assets'],
    field: 'metadata.name',
    says: 'Service cozy-system/cozystack-assets is in the bundle twice, and the last one applied wins',
    fix: 'keep one of them',
  },
  {
    rule: 'object-unique',
    by: 'an object in two versions of one group',
    ...extended({ ...find(goldenObjects(), binding), apiVersion: 'rbac.authorization.k8s.io/v1beta1' }),
    at: [bindingReference],
    field: 'metadata.name',
    says: 'is in the bundle twice',
    fix: 'keep one of them',
  },
  ...[
    clusterScoped('certificates.k8s.io/v1', 'CertificateSigningRequest'),
    clusterScoped('rbac.authorization.k8s.io/v1', 'ClusterRole'),
    clusterScoped('apiextensions.k8s.io/v1', 'CustomResourceDefinition'),
    clusterScoped('v1', 'Namespace'),
  ].map((object) => ({
    rule: 'cluster-scope',
    by: `a ${object.kind} with a namespace`,
    ...extended(object),
    at: [`${object.kind} cozy-system/any`],
    field: 'metadata.namespace',
    says: `a ${object.kind} belongs to the cluster and has no namespace, not "cozy-system"`,
    fix: 'put it in a Chart without a namespace, or remove the field with a JSON patch',
  })),
  {
    rule: 'secret-writer',
    by: 'the Secret of the certificate',
    ...extended(secret()),
    at: ['Secret cozy-public/cozystack-assets-tls'],
    field: 'metadata.name',
    says: 'the one that the signing step writes: applying the bundle would undo that',
    fix: 'take the Secret out of the bundle, or let the HelmRepositories name another one',
  },
  {
    by: 'a pod behind the CNI',
    ...patched(statefulSet, JsonPatch.remove('/spec/template/spec/hostNetwork')),
    ...offTheHostNetwork,
  },
  {
    by: 'hostNetwork: "true", a string',
    ...patched(statefulSet, JsonPatch.replace('/spec/template/spec/hostNetwork', 'true')),
    ...offTheHostNetwork,
  },
  {
    by: 'a Service with a pod behind the CNI',
    objects: goldenThroughService().map((object) =>
      object.kind === 'StatefulSet'
        ? JsonPatch.apply(object, JsonPatch.remove('/spec/template/spec/hostNetwork'))
        : object,
    ),
    ...offTheHostNetwork,
  },
  {
    ...offTheHostNetwork,
    by: 'a bare Pod behind the CNI',
    objects: goldenObjects().map((object) =>
      object.kind === 'StatefulSet'
        ? {
            apiVersion: 'v1',
            kind: 'Pod',
            metadata: { name: 'cozystack-assets-0', namespace: 'cozy-system' },
            spec: {},
          }
        : object,
    ),
    at: ['Pod cozy-system/cozystack-assets-0'],
    field: 'spec.hostNetwork',
  },
];

/** What looks alike and is in order. */
export const soundObjects: readonly Sound[] = [
  { with: 'one name in two namespaces', ...extended(secretless('cozystack-assets', 'elsewhere')) },
  {
    with: 'one kind and name in two groups',
    ...extended(clusterScoped('example.org/v1', 'Role'), clusterScoped('rbac.authorization.k8s.io/v1', 'Role')),
  },
  { with: 'two objects that the API server names', ...extended(generated(), generated()) },
  {
    with: "somebody else's kind Node, which is in a namespace",
    ...extended(clusterScoped('longhorn.io/v1beta2', 'Node')),
  },
  { with: 'a namespace: null', ...extended(clusterScoped('v1', 'PersistentVolume', JSON.parse('null'))) },
  { with: 'a Secret of that name in another namespace', ...extended(secret('v1', 'elsewhere')) },
  { with: "somebody else's kind Secret", ...extended(secret('example.org/v1')) },
  {
    with: 'a pod behind the CNI that Flux does not read',
    ...extended(secretless('grafana', 'cozy-system'), {
      ...find(goldenObjects(), statefulSet),
      metadata: { name: 'cozystack', namespace: 'cozy-system' },
      spec: {},
    }),
  },
  { with: 'the Service road', objects: goldenThroughService() },
];

function secretless(name: string, namespace: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec: {} };
}

function generated(): KubeObject {
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { generateName: 'a-', namespace: 'cozy-system' } };
}
