import { kustomizationGvk } from './flux';
import type { KubeObject, ObjectReference } from './kube-object';

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

/** The labels with which kustomize-controller names the Kustomization of an object. */
export const KUSTOMIZATION_LABELS = [
  'kustomize.toolkit.fluxcd.io/name',
  'kustomize.toolkit.fluxcd.io/namespace',
] as const;

/** The Kustomization that manages an object, or did until it was deleted. */
export function owningKustomization({ metadata: { labels = {} } }: KubeObject): ObjectReference | undefined {
  const [name, namespace] = KUSTOMIZATION_LABELS.map((key) => labels?.[key]);
  return name && namespace ? { ...kustomizationGvk, namespace, name } : undefined;
}
