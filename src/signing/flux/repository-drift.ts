import { stringAt } from '../../kubernetes/fields';
import type { KubeObject } from '../../kubernetes/kube-object';

/** The fields that decide what Flux reads, and as whom. */
const FIELDS = [
  ['spec', 'url'],
  ['spec', 'certSecretRef', 'name'],
  ['spec', 'secretRef', 'name'],
  ['spec', 'proxySecretRef', 'name'],
  ['spec', 'serviceAccountName'],
  ['spec', 'ref', 'digest'],
  ['spec', 'ref', 'semver'],
  ['spec', 'ref', 'tag'],
  ['spec', 'verify', 'secretRef', 'name'],
];

/**
 * How a repository in the cluster differs from the bundle's in what Flux reads through it, and as whom; `undefined` if it
 * does not. What Flux has read through another URL says nothing about the bundle.
 */
export function repositoryDrift(found: KubeObject, wanted: KubeObject): string | undefined {
  const field = FIELDS.find((path) => stringAt(found, ...path) !== stringAt(wanted, ...path));
  if (field === undefined) return undefined;
  const print = (object: KubeObject) => stringAt(object, ...field) ?? '(none)';
  return `its ${field.join('.')} is ${print(found)} in the cluster, and ${print(wanted)} in the bundle`;
}
