import type { KubeObject } from './kube-object';

/** Prefixes of the labels with which Flux and its operator mark what they apply, and the kind of the applying object. */
const OWNERS: readonly (readonly [prefix: string, kind: string])[] = [
  ['kustomize.toolkit.fluxcd.io', 'Kustomization'],
  ['helm.toolkit.fluxcd.io', 'HelmRelease'],
  ['fluxcd.controlplane.io', 'FluxInstance'],
  ['resourceset.fluxcd.controlplane.io', 'ResourceSet'],
];

/**
 * The object of Flux that manages an object, for example `Kustomization flux-system/apps`. It reconciles the object
 * again, and whoever else writes to it is undone.
 */
export function fluxOwnerOf({ metadata: { labels = {} } }: KubeObject): string | undefined {
  for (const [prefix, kind] of OWNERS) {
    const [name, namespace] = [labels?.[`${prefix}/name`], labels?.[`${prefix}/namespace`]];
    if (name) return `${kind} ${namespace ? `${namespace}/` : ''}${name}`;
  }
  return undefined;
}

/** The labels of an object that name the object of Flux that manages it. */
export function ownerLabelsOf({ metadata: { labels = {} } }: KubeObject): readonly string[] {
  const keys = OWNERS.flatMap(([prefix]) => [`${prefix}/name`, `${prefix}/namespace`]);
  return keys.filter((key) => labels?.[key] !== undefined);
}
