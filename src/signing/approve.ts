import { SIGNER_NAME } from '../certificate-request';
import { stringAt } from '../chain/fields';
import type { Cluster } from '../cluster/cluster';
import { EggtoothError, isError } from '../errors';
import { isApproved } from './conditions';
import { REQUESTS_PATH, requestReference, type SubmittedRequest } from './submit';

/** JSON Patch that approves this very request: uid and bytes are tested in the same write. */
export function approvalPatch({ uid, request }: SubmittedRequest): readonly object[] {
  const condition = {
    type: 'Approved',
    status: 'True',
    reason: 'EggtoothIssue',
    message: 'Approved by the one who made it: uid and bytes are those of the request.',
  };
  return [
    { op: 'test', path: '/metadata/uid', value: uid },
    { op: 'test', path: '/spec/request', value: request },
    { op: 'add', path: '/status/conditions', value: [condition] },
  ];
}

/**
 * Approves a submitted request, after reading it again. A request that was replaced in between is not approved.
 * @throws EggtoothError `ERR_EGGTOOTH_REQUEST_CHANGED`, `ERR_EGGTOOTH_DENIED`, or one of the {@link Cluster}
 */
export async function approve(cluster: Cluster, submitted: SubmittedRequest): Promise<void> {
  const path = `${REQUESTS_PATH}/${submitted.name}`;
  const object = requestReference(submitted);
  const read = () => cluster.call({ purpose: 'read the request again', method: 'GET', path, object });
  const found = await read();
  assertSame(found, submitted);
  if (isApproved(found, submitted)) return;
  await cluster
    .call({
      purpose: 'approve the request',
      method: 'PATCH',
      path: `${path}/approval`,
      contentType: 'application/json-patch+json',
      body: approvalPatch(submitted),
      object,
    })
    .catch(async (error: unknown) => {
      if (isError(error, 'ERR_EGGTOOTH_API')) assertSame(await read(), submitted);
      throw error;
    });
}

function assertSame(found: unknown, submitted: SubmittedRequest): void {
  const same =
    stringAt(found, 'metadata', 'uid') === submitted.uid &&
    stringAt(found, 'spec', 'request') === submitted.request &&
    stringAt(found, 'spec', 'signerName') === SIGNER_NAME;
  if (same) return;
  throw new EggtoothError('ERR_EGGTOOTH_REQUEST_CHANGED', 'is not the request that was made, and was not approved', {
    cure: 'find out who replaced it, then run again',
    object: requestReference(submitted),
  });
}
