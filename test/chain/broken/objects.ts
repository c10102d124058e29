import { JsonPatch } from 'cdk8s';
import type { KubeObject } from '../../../src/kubernetes/kube-object';
import { find, goldenObjects, goldenThroughService } from '../../support/golden';
import { type Broken, binding, bindingReference, deployment, extended, patched, type Sound } from './broken';
import { release } from './release';

const statefulSet = 'StatefulSet cozystack-assets';

const offTheHostNetwork = {
  rule: 'host-network',
  at: ['StatefulSet cozy-system/cozystack-assets'],
  field: 'spec.template.spec.hostNetwork',
  says: 'without a CNI the API server cannot reach it',
  fix: 'set hostNetwork: true',
};

function clusterScoped(apiVersion: string, kind: string, namespace = 'cozy-system'): KubeObject {
  return { apiVersion, kind, metadata: { name: 'any', namespace } };
}

function inDefault(metadata: KubeObject['metadata']): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'any', ...metadata } };
}

function secret(apiVersion = 'v1', namespace: string | undefined = 'cozy-public'): KubeObject {
  return { apiVersion, kind: 'Secret', metadata: { name: 'cozystack-assets-tls', namespace } };
}

const names: readonly [apiVersion: string, kind: string, name: string, fix: string][] = [
  ['v1', 'ConfigMap', 'System', 'use a name of at most 253 lower-case letters'],
  ['v1', 'ConfigMap', 'a_b', 'use a name of at most 253 lower-case letters'],
  ['v1', 'ConfigMap', '-a', 'that starts and ends with a letter or a digit'],
  ['v1', 'ConfigMap', 'a'.repeat(254), 'use a name of at most 253'],
  ['v1', 'Namespace', 'a.b', 'use a name of at most 63 lower-case letters, digits and - that'],
  ['v1', 'Service', '1-a', 'that starts with a letter'],
  ['v1', 'Service', 'a.b', 'use a name of at most 63'],
  ['apps/v1', 'StatefulSet', 'a'.repeat(53), 'use a name of at most 52'],
  ['batch/v1', 'CronJob', 'a'.repeat(53), 'use a name of at most 52'],
  ['batch/v1', 'Job', 'a'.repeat(64), 'use a name of at most 63'],
  ['rbac.authorization.k8s.io/v1', 'ClusterRole', 'a/b', 'use a name without / and %'],
  ['example.org/v1', 'Any', 'Any', 'use a name of at most 253'],
];

const brokenNames: readonly Broken[] = names.map(([apiVersion, kind, name, fix]) => ({
  rule: 'object-name',
  severity: 'warning',
  by: `the name ${name} of a ${kind}`,
  ...extended({ apiVersion, kind, metadata: { name } }),
  at: [`${kind} ${name}`],
  field: 'metadata.name',
  says: `invalid name: "${name}"`,
  fix,
}));

/** Bundles with an object that should not be there, or should be different. */
export const brokenObjects: readonly Broken[] = [
  ...brokenNames,
  {
    rule: 'object-name',
    by: 'a HelmRepository called System',
    ...patched('HelmRepository cozystack-apps', JsonPatch.replace('/metadata/name', 'System')),
    at: ['HelmRepository cozy-public/System'],
    field: 'metadata.name',
    says: 'invalid name: "System"',
    fix: 'use a name of at most 253 lower-case letters, digits and - .',
  },
  {
    rule: 'object-name',
    by: 'a namespace that none can be called',
    ...patched('HelmRepository cozystack-apps', JsonPatch.replace('/metadata/namespace', 'cozy_public')),
    at: ['HelmRepository cozy_public/cozystack-apps'],
    field: 'metadata.namespace',
    says: 'invalid namespace: "cozy_public"',
    fix: 'use a name of at most 63 lower-case letters',
  },
  {
    rule: 'object-unique',
    severity: 'warning',
    by: 'an object in two forms',
    ...extended(secretless('cozystack-assets', 'cozy-system')),
    at: ['Service cozy-system/cozystack-assets'],
    field: 'metadata.name',
    says: 'Service cozy-system/cozystack-assets is in the bundle twice, and the one that is applied last replaces the other',
    fix: 'remove or rename one of them',
  },
  {
    rule: 'object-unique',
    severity: 'warning',
    by: 'a Namespace with and without labels',
    ...extended({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'cozy-system' } }),
    at: ['Namespace cozy-system'],
    field: 'metadata.name',
    says: 'Namespace cozy-system is in the bundle twice',
    fix: 'remove or rename one of them',
  },
  ...[binding, 'Role cozystack-assets-reader', statefulSet, 'HelmRepository cozystack-apps'].map((label) => {
    const object = find(goldenObjects(), label);
    return {
      rule: 'object-unique',
      by: `${label} in two forms`,
      ...extended({ ...object, metadata: { ...object.metadata, labels: { ...object.metadata.labels, team: 'a' } } }),
      at: [`${object.kind} ${object.metadata.namespace}/${object.metadata.name}`],
      field: 'metadata.name',
      says: 'is in the bundle twice',
      fix: 'remove or rename one of them',
    };
  }),
  {
    rule: 'object-unique',
    by: 'an object in two versions of one group',
    ...extended({ ...find(goldenObjects(), binding), apiVersion: 'rbac.authorization.k8s.io/v1beta1' }),
    at: [bindingReference],
    field: 'metadata.name',
    says: 'is in the bundle twice',
    fix: 'remove or rename one of them',
  },
  {
    rule: 'object-unique',
    severity: 'warning',
    by: 'the same object with and without the namespace default',
    ...extended(inDefault({ namespace: 'default' }), inDefault({})),
    at: ['ConfigMap any'],
    field: 'metadata.name',
    says: 'ConfigMap any is in the bundle twice',
    fix: 'remove or rename one of them',
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
    says: `a ${object.kind} is cluster-scoped and has no namespace, but this one has "cozy-system"`,
    fix: 'put it into a Chart without a namespace, or remove the field with a JSON patch',
  })),
  {
    rule: 'secret-writer',
    by: 'the Secret of the certificate',
    ...extended(secret()),
    at: ['Secret cozy-public/cozystack-assets-tls'],
    field: 'metadata.name',
    says: 'the signing step writes this Secret, and applying the bundle would overwrite it',
    fix: 'remove the Secret from the bundle, or name another one in the HelmRepositories',
  },
  {
    by: 'a pod that is not on the host network',
    ...patched(statefulSet, JsonPatch.remove('/spec/template/spec/hostNetwork')),
    ...offTheHostNetwork,
  },
  {
    by: 'hostNetwork: "true", a string',
    ...patched(statefulSet, JsonPatch.replace('/spec/template/spec/hostNetwork', 'true')),
    ...offTheHostNetwork,
  },
  {
    by: 'a Service whose pod is not on the host network',
    objects: goldenThroughService().map((object) =>
      object.kind === 'StatefulSet'
        ? JsonPatch.apply(object, JsonPatch.remove('/spec/template/spec/hostNetwork'))
        : object,
    ),
    ...offTheHostNetwork,
  },
  {
    ...offTheHostNetwork,
    by: 'a bare Pod that is not on the host network',
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

/** Bundles whose objects are allowed. */
export const soundObjects: readonly Sound[] = [
  ...(
    [
      ['rbac.authorization.k8s.io/v1', 'ClusterRole', 'System:Reader'],
      ['v1', 'ConfigMap', 'kube-root-ca.crt'],
      ['v1', 'ConfigMap', '1'],
      ['apps/v1', 'StatefulSet', 'a'.repeat(52)],
      ['apps/v1', 'Deployment', `${'a'.repeat(63)}.b`],
      ['certificates.k8s.io/v1', 'CertificateSigningRequest', 'a:B'],
      ['apiregistration.k8s.io/v1', 'APIService', 'v1.example.org'],
    ] as const
  ).map(([apiVersion, kind, name]) => ({
    with: `the name ${name} of a ${kind}`,
    ...extended({ apiVersion, kind, metadata: { name } }),
  })),
  { with: 'every object twice', ...extended(...goldenObjects()) },
  { with: 'a Namespace three times', ...extended(...goldenObjects().slice(0, 1), ...goldenObjects().slice(0, 1)) },
  { with: 'a HelmRelease twice', ...extended(release('any'), release('any')) },
  { with: 'a Deployment with a port of the node twice', ...extended(deployment('any', {}), deployment('any', {})) },
  {
    with: 'an empty namespace of a ClusterRole',
    ...extended(clusterScoped('rbac.authorization.k8s.io/v1', 'ClusterRole', '')),
  },
  { with: 'an empty namespace of a Namespace', ...extended(clusterScoped('v1', 'Namespace', '')) },
  { with: 'one name in two namespaces', ...extended(secretless('cozystack-assets', 'elsewhere')) },
  {
    with: 'one kind and name in two groups',
    ...extended(clusterScoped('example.org/v1', 'Role'), clusterScoped('rbac.authorization.k8s.io/v1', 'Role')),
  },
  { with: 'two objects whose names the API server generates', ...extended(generated(), generated()) },
  {
    with: 'a namespaced kind Node of another API group',
    ...extended(clusterScoped('longhorn.io/v1beta2', 'Node')),
  },
  { with: 'a namespace: null', ...extended(clusterScoped('v1', 'PersistentVolume', JSON.parse('null'))) },
  { with: 'a Secret of that name in another namespace', ...extended(secret('v1', 'elsewhere')) },
  { with: 'a kind Secret of another API group', ...extended(secret('example.org/v1')) },
  {
    with: 'a pod that is not on the host network and that Flux does not read',
    ...extended(secretless('grafana', 'cozy-system'), {
      ...find(goldenObjects(), statefulSet),
      metadata: { name: 'cozystack', namespace: 'cozy-system' },
      spec: {},
    }),
  },
  { with: 'a route to a Service', objects: goldenThroughService() },
];

function secretless(name: string, namespace: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec: {} };
}

function generated(): KubeObject {
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { generateName: 'a-', namespace: 'cozy-system' } };
}
