import type { Cluster } from '../../cluster/cluster';
import { ClusterObjects } from '../../cluster/cluster-objects';
import { undefinedOn } from '../../errors';
import { stringAt } from '../../kubernetes/fields';
import { RECONCILE_ANNOTATION, RESET_ANNOTATION } from '../../kubernetes/flux';
import { type KubeObject, referenceTo } from '../../kubernetes/kube-object';

/** Options of {@link requestReconcile}. */
export interface ReconcileOptions {
  /**
   * Let the API server decide, and store nothing.
   * @default false
   */
  readonly dryRun?: boolean;
  /**
   * Reset the failures of a HelmRelease too, so that helm-controller attempts it again (`reconcile.fluxcd.io/resetAt`).
   * @default false
   */
  readonly reset?: boolean;
}

/** The merge patch of a reconcile request. */
export function reconcilePatch(
  at: Date,
  { reset = false }: Pick<ReconcileOptions, 'reset'> = {},
): {
  readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
} {
  const token = at.toISOString();
  // helm-controller resets only if both annotations have the same value.
  return { metadata: { annotations: { [RECONCILE_ANNOTATION]: token, ...(reset && { [RESET_ANNOTATION]: token }) } } };
}

/**
 * Asks Flux to reconcile an object at once (`reconcile.fluxcd.io/requestedAt`). source-controller does not watch Secrets,
 * so a new certificate needs this. Does nothing if the object is not in the cluster.
 *
 * @param object - the object, or its manifest
 * @example
 * ```ts
 * for (const { object } of credential.repositories) await requestReconcile(cluster, object);
 * ```
 * @throws EggtoothError any code of the {@link Cluster}
 */
export async function requestReconcile(
  cluster: Cluster,
  object: KubeObject,
  { dryRun = false, reset }: ReconcileOptions = {},
): Promise<void> {
  const purpose = `ask Flux to reconcile the ${object.kind}`;
  const objects = new ClusterObjects(cluster);
  const patched = objects.patch(referenceTo(object), reconcilePatch(new Date(), { reset }), { dryRun, purpose });
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
