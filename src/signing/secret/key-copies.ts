import type { Cluster } from '../../cluster/cluster';
import { ClusterObjects } from '../../cluster/cluster-objects';
import { LAST_APPLIED, lastAppliedOf } from '../../cluster/last-applied';
import { isError } from '../../errors';
import { fieldAt, stringAt } from '../../kubernetes/fields';
import { type KubeObject, printReference, referenceTo } from '../../kubernetes/kube-object';

/**
 * Whether a Secret has a private key a second time, in the annotation of `kubectl apply`. Who deletes or renews the key in
 * the data leaves that one.
 */
export function holdsKeyCopy(secret: KubeObject): boolean {
  if (stringAt(secret, 'metadata', 'annotations', LAST_APPLIED) === undefined) return false;
  const manifest = lastAppliedOf(secret);
  // An annotation that is no manifest may hold anything.
  if (manifest === undefined) return true;
  const [data, stringData] = ['data', 'stringData'].map((field) => Object.entries(fieldAt(manifest, field) ?? {}));
  const texts = [
    ...(data ?? []).map(([key, value]) => [key, Buffer.from(`${value}`, 'base64').toString('latin1')] as const),
    ...(stringData ?? []).map(([key, value]) => [key, `${value}`] as const),
  ];
  return texts.some(([key, text]) => text !== '' && (key === 'tls.key' || text.includes('PRIVATE KEY')));
}

/** What is wrong with Secrets that hold a copy of a private key; `undefined` if none does. */
export function keyCopyReason(secrets: readonly KubeObject[]): string | undefined {
  const named = secrets.filter(holdsKeyCopy).map((secret) => printReference(referenceTo(secret)));
  return named.length === 0 ? undefined : `${named.join(', ')}: the annotation ${LAST_APPLIED} ${HOLDS_COPY}`;
}

const HOLDS_COPY = 'holds a copy of a private key';

/**
 * Removes the annotation of `kubectl apply` from Secrets in which it holds a private key. The renewal job may not: its
 * admission policy lets it change no annotation of others. That is no failure, and `status` tells it.
 *
 * @returns whether one was removed
 */
export async function removeKeyCopies(cluster: Cluster, secrets: readonly KubeObject[]): Promise<boolean> {
  const removed = await Promise.all(
    secrets.filter(holdsKeyCopy).map((secret) => patchAway(cluster, secret, { annotation: true })),
  );
  return removed.includes(true);
}

/**
 * Removes what a write leaves of what was in a Secret before, whoever wrote it: the annotation of `kubectl apply`, and a CA
 * that is not needed any longer.
 * @param stored - the Secret as it is now
 * @param wanted - what was written
 */
export async function removeLeftovers(cluster: Cluster, stored: KubeObject, wanted: KubeObject): Promise<void> {
  const annotation = stringAt(stored, 'metadata', 'annotations', LAST_APPLIED) !== undefined;
  const has = (secret: KubeObject) => stringAt(secret, 'data', 'ca.crt') !== undefined;
  // Two calls: the renewal job may do only one of them.
  if (has(stored) && !has(wanted)) await patchAway(cluster, stored, { ca: true });
  if (annotation) await patchAway(cluster, stored, { annotation });
}

async function patchAway(
  cluster: Cluster,
  secret: KubeObject,
  { annotation = false, ca = false }: { readonly annotation?: boolean; readonly ca?: boolean },
): Promise<boolean> {
  const patch = {
    ...(annotation && { metadata: { annotations: { [LAST_APPLIED]: null } } }),
    ...(ca && { data: { 'ca.crt': null } }),
  };
  const purpose = annotation ? 'remove the copy of a private key from the Secret' : 'remove the CA from the Secret';
  try {
    await new ClusterObjects(cluster).patch(referenceTo(secret), patch, { purpose });
    return true;
  } catch (error) {
    if (isError(error, 'ERR_EGGTOOTH_FORBIDDEN') && error.refusal === 'policy') return false;
    throw error;
  }
}
