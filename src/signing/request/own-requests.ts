import { createHash } from 'node:crypto';
import type { Credential } from '../../chain/credentials';
import type { Cluster } from '../../cluster/cluster';
import { ClusterObjects } from '../../cluster/cluster-objects';
import { quote } from '../../errors';
import { stringAt } from '../../kubernetes/fields';
import type { KubeObject } from '../../kubernetes/kube-object';
import { MANAGED_BY } from '../../kubernetes/labels';
import { requestReference } from '../../pki/certificate-signing-request';
import { secretAnnotation } from '../secret/secret';

const READER = 'eggtooth.dev/reader';

/** Labels of the requests that `issue`, `renew` and `revoke` create for a reader, whatever its generation. */
export function requestLabels({ name }: Pick<Credential, 'name'>): Readonly<Record<string, string>> {
  return { ...MANAGED_BY, [READER]: createHash('sha256').update(name).digest('hex').slice(0, 16) };
}

/** Options for {@link deleteReplacedRequests}. */
export interface DeleteRequestsOptions {
  /** The Secrets as they were before the new certificate. */
  readonly secrets: readonly KubeObject[];
  /** uid of the request of the new certificate. */
  readonly except?: string;
  readonly onProgress: (step: string) => void;
}

/**
 * Deletes the requests whose certificates were replaced: those that the Secrets named before. Each is deleted by its uid,
 * and only if it is one for this reader. Other requests may belong to a concurrent run, or are not ours. The cluster
 * deletes them: 1 h after their approval, or 24 h after their creation.
 *
 * It never throws: the certificate is in its Secrets by then.
 */
export async function deleteReplacedRequests(
  cluster: Cluster,
  credential: Pick<Credential, 'name' | 'user'>,
  { secrets, except, onProgress }: DeleteRequestsOptions,
): Promise<void> {
  const named = new Map(
    secrets.map((secret) => [secretAnnotation(secret, 'requestUid'), secretAnnotation(secret, 'request')]),
  );
  const objects = new ClusterObjects(cluster);
  await Promise.all(
    Array.from(named, async ([uid, name]) => {
      if (uid === undefined || name === undefined || uid === except) return;
      const reference = requestReference({ name });
      try {
        const found = await objects.get(reference, { purpose: 'look at the replaced request' });
        if (found === undefined || !isOwn(found, uid, requestLabels(credential))) return;
        await objects.delete(reference, { uid, purpose: 'delete the replaced request' });
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        onProgress(quote(`${credential.user}: the replaced request ${name} is left to the cluster: ${reason}`));
      }
    }),
  );
}

/** Whoever may write a Secret may write any name and uid into its annotations. */
function isOwn(request: KubeObject, uid: string, labels: Readonly<Record<string, string>>): boolean {
  return (
    stringAt(request, 'metadata', 'uid') === uid &&
    Object.entries(labels).every(([key, value]) => stringAt(request, 'metadata', 'labels', key) === value)
  );
}
