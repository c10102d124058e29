import type { Cluster } from '../../cluster/cluster';
import { ClusterObjects } from '../../cluster/cluster-objects';
import { isError } from '../../errors';
import { requestReference } from '../../pki/certificate-signing-request';
import { checkRequest, type RequestExpectation } from '../../pki/check-request';
import { isApproved, readRequest } from './read-request';
import type { SubmittedRequest } from './submit-request';

/** JSON Patch that approves exactly this request: the same write tests its uid and its bytes. */
export function approvalPatch({ uid, request }: Pick<SubmittedRequest, 'uid' | 'request'>): readonly object[] {
  const condition = {
    type: 'Approved',
    status: 'True',
    reason: 'EggtoothApprove',
    message:
      'This CSR was approved by eggtooth: its uid and bytes are those that were reviewed, and it asks only for the client certificate of a reader.',
  };
  return [
    { op: 'test', path: '/metadata/uid', value: uid },
    { op: 'test', path: '/spec/request', value: request },
    { op: 'add', path: '/status/conditions', value: [condition] },
  ];
}

/**
 * Approves a submitted request, after it has read it again and checked everything that it asks for. A request that was
 * replaced in the meantime, or that asks for anything but a certificate of one of the users, is not approved.
 *
 * @param submitted - what {@link submitRequest} or {@link reviewRequest} returned
 * @example
 * ```ts
 * const reviewed = await reviewRequest(cluster, chain, { name, expect });
 * await approveRequest(cluster, reviewed, { users: [reviewed.user] });
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_REQUEST`, `ERR_EGGTOOTH_REQUEST_CHANGED`, `ERR_EGGTOOTH_REQUEST_DELETED`,
 * `ERR_EGGTOOTH_REQUEST_EXPIRED`, `ERR_EGGTOOTH_DENIED`, `ERR_EGGTOOTH_SIGNING_FAILED`, or any code of the {@link Cluster}
 */
export async function approveRequest(
  cluster: Cluster,
  submitted: SubmittedRequest,
  expectation: RequestExpectation,
): Promise<void> {
  const read = () => readRequest(cluster, submitted, 'read the request again');
  const found = await read();
  checkRequest(found, expectation);
  if (isApproved(found, submitted)) return;
  const options = { subresource: 'approval', purpose: 'approve the request' };
  try {
    await new ClusterObjects(cluster).patch(requestReference(submitted), approvalPatch(submitted), options);
  } catch (error) {
    // Reading it again tells why it was refused: replaced, deleted, or answered by somebody else.
    const again = isError(error, 'ERR_EGGTOOTH_API', 'ERR_EGGTOOTH_NOT_FOUND');
    if (!again || !isApproved(await read(), submitted)) throw error;
  }
}
