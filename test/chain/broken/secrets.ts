import { JsonPatch } from 'cdk8s';
import type { KubeObject } from '../../../src/kubernetes/kube-object';
import { apps, appsReference, type Broken, bound, deployment, extended, patched, roleRef, type Sound } from './broken';
import { retried } from './release';

const name = 'cozystack-assets-tls';
const uses = (namespace: string) => ({
  rule: 'secret-exclusive',
  says: `uses Secret ${namespace}/${name}, which contains the key of a reader`,
  fix: 'use another Secret',
});

function pods(by: string, podSpec: object, field: string): Broken {
  const workload = deployment('thief', podSpec);
  return {
    by,
    ...extended(workload),
    ...uses('cozy-system'),
    at: ['Deployment cozy-system/thief'],
    field: `spec.template.spec.${field}`,
  };
}

const container = { name: 'thief', image: 'registry.example/any:1' };

function object(apiVersion: string, kind: string, rest: object, namespace = 'cozy-public'): KubeObject {
  return { apiVersion, kind, metadata: { name: 'thief', namespace }, ...rest };
}

function other(by: string, one: KubeObject, field: string): Broken {
  const { namespace = 'cozy-public' } = one.metadata;
  const at = [`${one.kind} ${namespace}/thief`];
  return { by, ...extended(one), ...uses(namespace === 'flux' ? 'cozy-public' : namespace), at, field };
}

const source = { url: 'https://charts.example.com', interval: '5m', certSecretRef: { name } };
const values = { chart: { spec: { chart: 'any', sourceRef: { kind: 'HelmRepository', name: 'cozystack-apps' } } } };

const mentions: readonly Broken[] = [
  pods(
    'a pod with the Secret as its volume',
    { volumes: [{ name: 'v', secret: { secretName: name } }] },
    'volumes[0].secret.secretName',
  ),
  pods(
    'a pod with the Secret in a projected volume',
    { volumes: [{ name: 'v', projected: { sources: [{ secret: { name } }] } }] },
    'volumes[0].projected.sources[0].secret.name',
  ),
  pods(
    'a container with the Secret in its environment',
    { containers: [{ ...container, envFrom: [{ secretRef: { name } }] }] },
    'containers[0].envFrom[0].secretRef.name',
  ),
  pods(
    'a container with the key in a variable',
    { initContainers: [{ ...container, env: [{ name: 'K', valueFrom: { secretKeyRef: { name, key: 'tls.key' } } }] }] },
    'initContainers[0].env[0].valueFrom.secretKeyRef.name',
  ),
  other(
    'a HelmRelease with the Secret in its values',
    object('helm.toolkit.fluxcd.io/v2', 'HelmRelease', {
      spec: { ...values, ...retried, interval: '5m', valuesFrom: [{ kind: 'Secret', name }] },
    }),
    'spec.valuesFrom[0].name',
  ),
  other(
    'a HelmRepository of another host with the Secret',
    object('source.toolkit.fluxcd.io/v1', 'HelmRepository', { spec: source }),
    'spec.certSecretRef.name',
  ),
  ...['OCIRepository', 'GitRepository', 'Bucket'].map((kind) =>
    other(
      `${kind === 'OCIRepository' ? 'an' : 'a'} ${kind} with the Secret`,
      object('source.toolkit.fluxcd.io/v1', kind, { spec: source }),
      'spec.certSecretRef.name',
    ),
  ),
  {
    by: 'a HelmRepository of the chain with the Secret as its password',
    ...patched(apps, JsonPatch.add('/spec/secretRef', { name })),
    ...uses('cozy-public'),
    at: [appsReference],
    field: 'spec.secretRef.name',
  },
  other(
    'an Ingress that serves with the Secret',
    object('networking.k8s.io/v1', 'Ingress', { spec: { tls: [{ secretName: name }] } }),
    'spec.tls[0].secretName',
  ),
  other('a ServiceAccount with the Secret', object('v1', 'ServiceAccount', { secrets: [{ name }] }), 'secrets[0].name'),
  other(
    'a reference from another namespace',
    object('any.example/v1', 'Mirror', { spec: { from: { kind: 'Secret', name, namespace: 'cozy-public' } } }, 'flux'),
    'spec.from.name',
  ),
];

const readSecrets = { apiGroups: [''], resources: ['secrets'], verbs: ['get'] };

function roles(by: string, rule: object, subject: object, field = 'rules[0]'): Broken {
  const role = { ...object('rbac.authorization.k8s.io/v1', 'Role', { rules: [rule] }) };
  return {
    rule: 'secret-rights',
    by,
    ...extended(role, bound('RoleBinding', 'thief', roleRef('Role', 'thief'), [subject], 'cozy-public')),
    at: ['Role cozy-public/thief'],
    field,
    says: `to read Secret cozy-public/${name}, which contains the key of a reader`,
    fix: 'name the Secrets that are meant',
  };
}

const allPods = { kind: 'Group', name: 'system:serviceaccounts' };

const rights: readonly Broken[] = [
  roles('a Role on Secrets for all service accounts', readSecrets, allPods),
  roles(
    'a Role that lists Secrets for the default service account',
    { ...readSecrets, verbs: ['list'] },
    { kind: 'ServiceAccount', name: 'default' },
  ),
  roles(
    'a Role on this Secret for the service accounts of a namespace',
    { ...readSecrets, resourceNames: [name] },
    { ...allPods, name: 'system:serviceaccounts:team-a' },
  ),
  roles(
    'a Role on everything for the anonymous user',
    { apiGroups: ['*'], resources: ['*'], verbs: ['watch'] },
    { kind: 'User', name: 'system:anonymous' },
  ),
  {
    rule: 'secret-rights',
    by: 'a ClusterRoleBinding of all service accounts to a role that is not in the bundle',
    ...extended(bound('ClusterRoleBinding', 'thief', roleRef('ClusterRole', 'edit'), [allPods])),
    at: ['ClusterRoleBinding thief'],
    field: 'roleRef',
    says: 'gives the Group system:serviceaccounts the rights of ClusterRole/edit, which is not in the bundle and may allow',
    fix: 'bind a ServiceAccount of its own to a Role of the bundle',
  },
];

/** Bundles in which others than Flux use the Secret of a reader. */
export const brokenSecrets: readonly Broken[] = [
  ...mentions,
  ...rights,
  {
    rule: 'pass-credentials',
    by: 'a HelmRepository that passes its credentials on',
    ...patched(apps, JsonPatch.add('/spec/passCredentials', true)),
    at: [appsReference],
    field: 'spec.passCredentials',
    says: 'lets Flux use the certificate at every host that the index names',
    fix: 'remove it',
  },
];

/** Bundles in which nobody else uses it. */
export const soundSecrets: readonly Sound[] = [
  {
    with: 'a pod in another namespace with a Secret of the same name',
    ...extended({
      ...deployment('pod', { volumes: [{ name: 'v', secret: { secretName: name } }] }),
      metadata: { name: 'pod', namespace: 'team-a' },
    }),
  },
  {
    with: 'a ConfigMap that contains the name of the Secret',
    ...extended(object('v1', 'ConfigMap', { data: { note: name } })),
  },
  {
    with: 'a HelmRepository that does not pass its credentials on',
    ...patched(apps, JsonPatch.add('/spec/passCredentials', false)),
  },
  {
    with: 'a Role on another Secret for all service accounts',
    ...roles('', { ...readSecrets, resourceNames: ['other'] }, allPods),
  },
  {
    with: 'a Role on Secrets for a service account of its own',
    ...roles('', readSecrets, { kind: 'ServiceAccount', name: 'own' }),
  },
  {
    with: 'all service accounts bound to the ClusterRole view',
    ...extended(bound('ClusterRoleBinding', 'viewers', roleRef('ClusterRole', 'view'), [allPods])),
  },
];
