import type { Cluster } from '../../cluster/cluster';
import { ClusterObjects } from '../../cluster/cluster-objects';
import { undefinedOn } from '../../errors';
import { stringAt } from '../../kubernetes/fields';
import { RECONCILE_ANNOTATION } from '../../kubernetes/flux';
import { type KubeObject, referenceTo } from '../../kubernetes/kube-object';

/** Options of {@link requestReconcile}. */
export interface ReconcileOptions {
  /**
   * Let the API server decide, and store nothing.
   * @default false
   */
  readonly dryRun?: boolean;
}

/** The merge patch of a reconcile request. */
export function reconcilePatch(at: Date): {
  readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
} {
  return { metadata: { annotations: { [RECONCILE_ANNOTATION]: at.toISOString() } } };
}

/**
 * Asks Flux to reconcile a HelmRepository or OCIRepository at once (`reconcile.fluxcd.io/requestedAt`). source-controller
 * does not watch Secrets, so a new certificate needs this. Does nothing if the object is not in the cluster.
 *
 * @param repository - the object, or its manifest
 * @example
 * ```ts
 * for (const { object } of credential.repositories) await requestReconcile(cluster, object);
 * ```
 * @throws EggtoothError any code of the {@link Cluster}
 */
export async function requestReconcile(
  cluster: Cluster,
  repository: KubeObject,
  { dryRun = false }: ReconcileOptions = {},
): Promise<void> {
  const purpose = `ask Flux to reconcile the ${repository.kind}`;
  const objects = new ClusterObjects(cluster);
  const patched = objects.patch(referenceTo(repository), reconcilePatch(new Date()), { dryRun, purpose });
  await undefinedOn(patched, 'ERR_EGGTOOTH_NOT_FOUND');
}

/** The last reconcile request of an object. */
export interface ReconcileRequest {
  /** Absent if there was none. */
  readonly requestedAt?: string;
  /** Whether Flux has handled it. */
  readonly isHandled: boolean;
}

/** Reads the last reconcile request of an object (status.lastHandledReconcileAt). */
export function reconcileRequestOf(object: KubeObject): ReconcileRequest {
  const requestedAt = stringAt(object, 'metadata', 'annotations', RECONCILE_ANNOTATION);
  const handledAt = stringAt(object, 'status', 'lastHandledReconcileAt');
  return { requestedAt, isHandled: requestedAt !== undefined && requestedAt === handledAt };
}
