import { Yaml } from 'cdk8s';
import { FIRST_CERTIFICATE } from '../../chain/first-certificate';
import { kustomizationGvk } from '../../kubernetes/flux';
import type { KustomizationManifest } from '../../kubernetes/flux-manifests';

type Patch = NonNullable<KustomizationManifest['spec']['patches']>[number];

/**
 * Patches with which a Kustomization keeps a mistake in its source from taking the cluster down. They add annotations that
 * only kustomize-controller reads.
 */
export function guardPatches({ name, namespace }: KustomizationManifest['metadata']): readonly Patch[] {
  return [
    // Without a target, kustomize fails if the object is missing: an empty folder, or that of another cluster, is not applied,
    // and nothing is pruned.
    { patch: Yaml.stringify({ ...kustomizationGvk, metadata: { name, namespace } }) },
    // With them, objects of others would go.
    annotating({ kind: 'Namespace' }, 'prune'),
    annotating({ kind: 'CustomResourceDefinition' }, 'prune'),
    // Flux cannot delete itself halfway, and come back.
    annotating({ labelSelector: 'app.kubernetes.io/part-of=flux' }, 'prune'),
    // Kubernetes deletes the Job when it is done, so each reconciliation would run it again.
    annotating({ kind: 'Job', annotationSelector: FIRST_CERTIFICATE }, 'reconcile'),
  ];
}

/** Adds the annotation that makes kustomize-controller leave out a step for some objects. */
function annotating(target: Patch['target'], step: 'prune' | 'reconcile'): Patch {
  // kustomize keeps the kind and the name of the targets.
  const ignored = { apiVersion: 'v1', kind: 'any', metadata: { name: 'any' } };
  const annotations = { [`kustomize.toolkit.fluxcd.io/${step}`]: 'Disabled' };
  return { target, patch: Yaml.stringify({ ...ignored, metadata: { ...ignored.metadata, annotations } }) };
}
