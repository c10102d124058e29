import type { Cluster } from '../../cluster/cluster';
import { isError } from '../../errors';
import { checkRequest, type RequestExpectation } from '../../pki/check-request';
import { readRequest } from './read-request';
import { isApproved } from './request-conditions';
import { requestPath, requestReference, type SubmittedRequest } from './submit-request';

/** JSON Patch that approves this very request: uid and bytes are tested in the same write. */
export function approvalPatch({ uid, request }: SubmittedRequest): readonly object[] {
  const condition = {
    type: 'Approved',
    status: 'True',
    reason: 'EggtoothApprove',
    message: 'Approved with its uid and its bytes, which were compared, and all that it asks for.',
  };
  return [
    { op: 'test', path: '/metadata/uid', value: uid },
    { op: 'test', path: '/spec/request', value: request },
    { op: 'add', path: '/status/conditions', value: [condition] },
  ];
}

/**
 * Approves a submitted request, after reading it again and checking all that it asks for. A request that was replaced in
 * between, or that asks for anything but the certificate of one of the users, is not approved.
 * @throws EggtoothError `ERR_EGGTOOTH_REQUEST`, `ERR_EGGTOOTH_REQUEST_CHANGED`, `ERR_EGGTOOTH_REQUEST_DELETED`,
 * `ERR_EGGTOOTH_REQUEST_EXPIRED`, `ERR_EGGTOOTH_DENIED`, `ERR_EGGTOOTH_SIGNING_FAILED`, or one of the {@link Cluster}
 */
export async function approve(
  cluster: Cluster,
  submitted: SubmittedRequest,
  expectation: RequestExpectation,
): Promise<void> {
  const object = requestReference(submitted);
  const read = () => readRequest(cluster, submitted, 'read the request again');
  const found = await read();
  checkRequest(found, expectation, object);
  if (isApproved(found, submitted)) return;
  await cluster
    .call({
      purpose: 'approve the request',
      method: 'PATCH',
      path: `${requestPath(submitted)}/approval`,
      contentType: 'application/json-patch+json',
      body: approvalPatch(submitted),
      object,
    })
    .catch(async (error: unknown) => {
      // Why it was refused: replaced, deleted, or answered by somebody else in between.
      const again = isError(error, 'ERR_EGGTOOTH_API') || isError(error, 'ERR_EGGTOOTH_NOT_FOUND');
      if (again && isApproved(await read(), submitted)) return;
      throw error;
    });
}
