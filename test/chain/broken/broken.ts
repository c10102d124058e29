import type { JsonPatch } from 'cdk8s';
import type { Severity } from '../../../src/chain/finding';
import type { KubeObject } from '../../../src/kubernetes/kube-object';
import { goldenObjects, goldenWith } from '../../support/golden';

/** A bundle with one fault, and the findings that its rule has to report. */
export interface Broken {
  readonly rule: string;
  /** The fault, as the object of a sentence. */
  readonly by: string;
  readonly objects: readonly KubeObject[];
  /** The objects to fix, as errors print them, with one finding each. */
  readonly at: readonly string[];
  readonly field: string;
  /** Text of the message. */
  readonly says: string;
  /** Text of the fix. */
  readonly fix: string;
  /** Severity of the findings, if it is not that of the rule. */
  readonly severity?: Severity;
}

/** A bundle without a fault. */
export interface Sound {
  /** What could be taken for a fault, as the object of a sentence. */
  readonly with: string;
  readonly objects: readonly KubeObject[];
}

/** The golden bundle with a patch on one object. */
export function patched(label: string, ...patches: JsonPatch[]): Pick<Broken, 'objects'> {
  return { objects: goldenWith(label, ...patches) };
}

/** The golden bundle with more objects. */
export function extended(...objects: KubeObject[]): Pick<Broken, 'objects'> {
  return { objects: [...goldenObjects(), ...objects] };
}

/** A RoleBinding or ClusterRoleBinding. */
export function bound(
  kind: string,
  name: string,
  ref: object,
  subjects: readonly object[],
  namespace = 'cozy-system',
): KubeObject {
  const metadata = { name, ...(kind === 'RoleBinding' && { namespace }) };
  return { apiVersion: 'rbac.authorization.k8s.io/v1', kind, metadata, roleRef: ref, subjects };
}

/** A reference to a Role or ClusterRole. */
export function roleRef(kind: string, name: string): object {
  return { apiGroup: 'rbac.authorization.k8s.io', kind, name };
}

export const role = 'Role cozystack-assets-reader';
export const binding = 'RoleBinding cozystack-assets-reader';
export const apps = 'HelmRepository cozystack-apps';

/** The Role and its binding as errors print them. */
export const roleReference = 'Role cozy-system/cozystack-assets-reader';
export const bindingReference = 'RoleBinding cozy-system/cozystack-assets-reader';
export const appsReference = 'HelmRepository cozy-public/cozystack-apps';

/** A Deployment with one container on the host network, and with the given fields in its pods' spec. */
export function deployment(name: string, podSpec: object, strategy: object = { type: 'Recreate' }): KubeObject {
  const container = { name, image: 'registry.example/any:1', ports: [{ containerPort: 9790 }] };
  const spec = { hostNetwork: true, containers: [container], ...podSpec };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'cozy-system' },
    spec: { strategy, template: { spec } },
  };
}

/** The spec of a pod with one expression as its required nodeAffinity. */
export function affinity(key: string, operator: string, ...values: string[]): object {
  const required = { nodeSelectorTerms: [{ matchExpressions: [{ key, operator, values }] }] };
  return { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } } };
}

/** What a pod of Flux needs before there is a CNI. */
export const withoutCni = {
  hostNetwork: true,
  tolerations: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists' }],
};
/** The environment of its containers. */
export const env = [
  { name: 'KUBERNETES_SERVICE_HOST', value: 'localhost' },
  { name: 'KUBERNETES_SERVICE_PORT', value: '7445' },
];
