import type { Cluster } from '../../cluster/cluster';
import { isError } from '../../errors';
import { type KubeObject, referenceTo } from '../../kubernetes/kube-object';

/** Annotation that makes source-controller reconcile at once; it does not watch Secrets. */
export const REQUESTED_AT = 'reconcile.fluxcd.io/requestedAt';

/** The merge patch of a requestReconcile. */
export function reconcilePatch(at: Date): {
  readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
} {
  return { metadata: { annotations: { [REQUESTED_AT]: at.toISOString() } } };
}

/**
 * Asks Flux to read a HelmRepository or OCIRepository again. One that is not in the cluster yet needs no requestReconcile.
 * @param dryRun - let the API server decide, and store nothing
 */
export async function requestReconcile(
  cluster: Cluster,
  { object }: { readonly object: KubeObject },
  { dryRun = false } = {},
): Promise<void> {
  await cluster
    .call({
      purpose: `ask Flux to read the ${object.kind} again`,
      method: 'PATCH',
      path: repositoryPath(object),
      query: dryRun ? { dryRun: 'All' } : {},
      contentType: 'application/merge-patch+json',
      body: reconcilePatch(new Date()),
      object: referenceTo(object),
    })
    .catch((error: unknown) => {
      if (!isError(error, 'ERR_EGGTOOTH_NOT_FOUND')) throw error;
    });
}

/** Path of a HelmRepository or OCIRepository. */
export function repositoryPath({ apiVersion, kind, metadata }: KubeObject): string {
  const plural = kind.toLowerCase().replace(/y$/, 'ies');
  return `/apis/${apiVersion}/namespaces/${metadata.namespace ?? 'default'}/${plural}/${metadata.name}`;
}
