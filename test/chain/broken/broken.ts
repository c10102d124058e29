import type { JsonPatch } from 'cdk8s';
import type { KubeObject } from '../../../src/kubernetes/kube-object';
import { goldenObjects, goldenWith } from '../../support/golden';

/** A bundle with one thing broken, and what its rule has to say of it. */
export interface Broken {
  readonly rule: string;
  /** What is broken, as the end of a sentence. */
  readonly by: string;
  readonly objects: readonly KubeObject[];
  /** The objects that are to be mended, as errors print them; a finding for each. */
  readonly at: readonly string[];
  readonly field: string;
  /** What the message says, word for word. */
  readonly says: string;
  /** What the fix says, word for word. */
  readonly fix: string;
}

/** A bundle in which nothing is broken. */
export interface Sound {
  /** What is in it, as the end of a sentence. */
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

export const role = 'Role cozystack-assets-reader';
export const binding = 'RoleBinding cozystack-assets-reader';
export const apps = 'HelmRepository cozystack-apps';

/** The Role and its binding as errors print them. */
export const roleReference = 'Role cozy-system/cozystack-assets-reader';
export const bindingReference = 'RoleBinding cozy-system/cozystack-assets-reader';
export const appsReference = 'HelmRepository cozy-public/cozystack-apps';

/** A Deployment with one container on the host network, some of its pods' spec replaced. */
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

/** A pod's spec with required nodeAffinity by one expression. */
export function affinity(key: string, operator: string, ...values: string[]): object {
  const required = { nodeSelectorTerms: [{ matchExpressions: [{ key, operator, values }] }] };
  return { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } } };
}
