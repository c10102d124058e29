import type { Cluster } from '../../cluster/cluster';
import { EggtoothError, isError } from '../../errors';
import { stringAt } from '../../kubernetes/fields';
import { requestPath, requestReference, type SubmittedRequest } from './submit-request';

/** The cluster clears away: what is answered after 1 h, what is open after 24 h (csrcleaner of kube-controller-manager). */
const CLEARED_AFTER = 3_600_000;

/**
 * Reads a submitted request, and refuses another one that has taken its name.
 * @throws EggtoothError `ERR_EGGTOOTH_REQUEST_CHANGED`, `ERR_EGGTOOTH_REQUEST_DELETED`, `ERR_EGGTOOTH_REQUEST_EXPIRED`
 */
export async function readRequest(cluster: Cluster, submitted: SubmittedRequest, purpose: string): Promise<unknown> {
  const object = requestReference(submitted);
  const call = { purpose, method: 'GET', path: requestPath(submitted), object } as const;
  const found = await cluster.call(call).catch((error: unknown) => {
    throw isError(error, 'ERR_EGGTOOTH_NOT_FOUND') ? goneError(submitted.name, submitted.createdAt) : error;
  });
  assertSame(found, submitted);
  return found;
}

/**
 * The error for a request that is not in the cluster any more.
 * @param since - when it was made, RFC 3339
 */
export function goneError(name: string, since: string): EggtoothError {
  const object = requestReference({ name });
  if (Date.now() - Date.parse(since) < CLEARED_AFTER) {
    return new EggtoothError('ERR_EGGTOOTH_REQUEST_DELETED', `the request of ${since} is not there: it was deleted`, {
      fix: 'find out who deleted it, then make a new one: the audit log knows',
      object,
    });
  }
  return new EggtoothError(
    'ERR_EGGTOOTH_REQUEST_EXPIRED',
    `the request of ${since} is not there any more: the cluster clears one away 1 h after its answer, or after 24 h without`,
    { fix: 'make a new one, have it approved within 24 h, and collect it within 1 h after that', object },
  );
}

function assertSame(found: unknown, submitted: SubmittedRequest): void {
  const same =
    stringAt(found, 'metadata', 'uid') === submitted.uid && stringAt(found, 'spec', 'request') === submitted.request;
  if (same) return;
  throw new EggtoothError('ERR_EGGTOOTH_REQUEST_CHANGED', 'is not the request that was made: another has its name', {
    fix: 'find out who replaced it, and approve none of that name; then make a new one',
    object: requestReference(submitted),
  });
}
