import type { Cluster } from '../../cluster/cluster';
import { ClusterObjects } from '../../cluster/cluster-objects';
import { EggtoothError, quote } from '../../errors';
import { conditionOf } from '../../kubernetes/conditions';
import { stringAt } from '../../kubernetes/fields';
import type { KubeObject } from '../../kubernetes/kube-object';
import { requestReference } from '../../pki/certificate-signing-request';
import type { SubmittedRequest } from './submit-request';

/** csrcleaner of kube-controller-manager deletes requests 1 h after they were issued or denied, others after 24 h. */
const DELETED_AFTER = 3_600_000;

/**
 * Reads a submitted request, and refuses another one of the same name.
 * @throws EggtoothError `ERR_EGGTOOTH_REQUEST_CHANGED`, `ERR_EGGTOOTH_REQUEST_DELETED`, `ERR_EGGTOOTH_REQUEST_EXPIRED`
 */
export async function readRequest(cluster: Cluster, submitted: SubmittedRequest, purpose: string): Promise<KubeObject> {
  const found = await new ClusterObjects(cluster).get(requestReference(submitted), { purpose });
  if (found === undefined) throw goneError(submitted.name, submitted.createdAt);
  const isSame =
    stringAt(found, 'metadata', 'uid') === submitted.uid && stringAt(found, 'spec', 'request') === submitted.request;
  if (isSame) return found;
  throw new EggtoothError('ERR_EGGTOOTH_REQUEST_CHANGED', 'is not the submitted request: another one has its name', {
    fix: 'find out who replaced it, approve no request of that name, and create another one',
    object: requestReference(submitted),
  });
}

/**
 * The error for a request that is no longer in the cluster.
 * @param since - when it was created, RFC 3339
 */
export function goneError(name: string, since: string): EggtoothError {
  const object = requestReference({ name });
  if (Date.now() - Date.parse(since) < DELETED_AFTER) {
    return new EggtoothError('ERR_EGGTOOTH_REQUEST_DELETED', `the request of ${since} does not exist: it was deleted`, {
      fix: 'find out from the audit log who deleted it, then create another one',
      object,
    });
  }
  return new EggtoothError(
    'ERR_EGGTOOTH_REQUEST_EXPIRED',
    `the request of ${since} does not exist any more: the cluster deletes a request 1 h after its answer, or 24 h after its creation`,
    { fix: 'create another one, have it approved within 24 h, and collect it within 1 h after that', object },
  );
}

/**
 * Whether a request is approved.
 * @throws EggtoothError `ERR_EGGTOOTH_DENIED`, or `ERR_EGGTOOTH_SIGNING_FAILED` if the signer refused it
 */
export function isApproved(object: unknown, { name }: Pick<SubmittedRequest, 'name'>): boolean {
  const [denied, failed] = [conditionOf(object, 'Denied'), conditionOf(object, 'Failed')];
  if (denied !== undefined) {
    throw new EggtoothError('ERR_EGGTOOTH_DENIED', `the request was denied (${quote(denied.reason)})`, {
      fix: 'ask the approver why, then create another one: a denial is final',
      object: requestReference({ name }),
    });
  }
  if (failed !== undefined) {
    throw new EggtoothError('ERR_EGGTOOTH_SIGNING_FAILED', `the signer refused the request (${quote(failed.reason)})`, {
      fix: 'read the condition Failed of the object, then create another one',
      object: requestReference({ name }),
    });
  }
  return conditionOf(object, 'Approved') !== undefined;
}
