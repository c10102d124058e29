import { createHash } from 'node:crypto';
import type { Credential } from '../../chain/credentials';
import type { Cluster } from '../../cluster/cluster';
import { ClusterObjects } from '../../cluster/cluster-objects';
import { Deadline, poll } from '../../cluster/poll';
import { isError, undefinedOn } from '../../errors';
import { conditionOf } from '../../kubernetes/conditions';
import { stringAt } from '../../kubernetes/fields';
import { type KubeObject, referenceTo } from '../../kubernetes/kube-object';
import { MANAGED_BY } from '../../kubernetes/labels';
import { requestGvk } from '../../pki/certificate-signing-request';

const READER = 'eggtooth.dev/reader';

/** How long a concurrent run gets to finish with its request, in milliseconds; it takes some 50. */
const GRACE = 1000;
const PAUSES = { first: 100, longest: 100 };

/** Labels of the requests that `issue`, `renew` and `revoke` create for a reader, whatever its generation. */
export function requestLabels({ name }: Pick<Credential, 'name'>): Readonly<Record<string, string>> {
  return { ...MANAGED_BY, [READER]: createHash('sha256').update(name).digest('hex').slice(0, 16) };
}

/**
 * Deletes the requests that earlier runs created for a reader, each by its uid. A request without an answer may belong to
 * a concurrent run and is waited for. If requests may not be listed or deleted, they are left to the cluster, which
 * deletes them within a day.
 *
 * @param except - uid of the request to keep
 */
export async function deleteOldRequests(cluster: Cluster, credential: Credential, except?: string): Promise<void> {
  const objects = new ClusterObjects(cluster);
  const list = async () => {
    const options = { labels: requestLabels(credential), purpose: 'look for requests of earlier runs' };
    return (await objects.list(requestGvk, options)).filter((request) => uidOf(request) !== except);
  };
  const deleteAll = async () => {
    const requests = await poll(new Deadline(GRACE), list, (found) => !found.some(isOpen), PAUSES);
    await Promise.all(requests.map((request) => deleteOne(objects, request)));
  };
  await undefinedOn(deleteAll(), 'ERR_EGGTOOTH_FORBIDDEN');
}

/** Whether an error says that a request does not exist any more, as when a concurrent run has deleted it. */
export function isRequestGone(error: unknown): boolean {
  return (
    isError(error, 'ERR_EGGTOOTH_NOT_FOUND', 'ERR_EGGTOOTH_REQUEST_DELETED', 'ERR_EGGTOOTH_REQUEST_EXPIRED') &&
    error.object?.kind === requestGvk.kind
  );
}

function isOpen(request: KubeObject): boolean {
  const isFinal = conditionOf(request, 'Denied') !== undefined || conditionOf(request, 'Failed') !== undefined;
  return !isFinal && stringAt(request, 'status', 'certificate') === undefined;
}

async function deleteOne(objects: ClusterObjects, request: KubeObject): Promise<void> {
  const options = { uid: uidOf(request), purpose: 'delete the request of an earlier run' };
  try {
    await objects.delete(referenceTo(request), options);
  } catch (error) {
    // Another request has its name by now.
    if (!(isError(error, 'ERR_EGGTOOTH_API') && error.status === 409)) throw error;
  }
}

function uidOf(request: KubeObject): string | undefined {
  return stringAt(request, 'metadata', 'uid');
}
