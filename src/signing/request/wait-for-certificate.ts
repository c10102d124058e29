import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../../cluster/cluster';
import { EggtoothError } from '../../errors';
import { stringAt } from '../../kubernetes/fields';
import { SIGNER_NAME } from '../../pki/certificate-signing-request';
import { readRequest } from './read-request';
import { isApproved } from './request-conditions';
import { requestReference, type SubmittedRequest } from './submit-request';

const [FIRST_PAUSE, LONGEST_PAUSE] = [8, 1000];

/**
 * Waits for the certificate of an approved request.
 * @param timeout - how long to wait, in milliseconds
 * @returns the certificate as the API server gives it: PEM
 * @throws EggtoothError `ERR_EGGTOOTH_DENIED`, `ERR_EGGTOOTH_SIGNING_FAILED`, `ERR_EGGTOOTH_NOT_APPROVED`, or
 * `ERR_EGGTOOTH_NO_SIGNER` if it is approved and nobody signs (Amazon EKS, for one, does not sign client certificates);
 * `ERR_EGGTOOTH_REQUEST_CHANGED`, `ERR_EGGTOOTH_REQUEST_DELETED` or `ERR_EGGTOOTH_REQUEST_EXPIRED` if it is not there
 */
export async function collect(cluster: Cluster, submitted: SubmittedRequest, timeout: number): Promise<string> {
  const deadline = Date.now() + timeout;
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE)) {
    const found = await readRequest(cluster, submitted, 'collect the certificate');
    const approved = isApproved(found, submitted);
    const certificate = stringAt(found, 'status', 'certificate');
    if (certificate) return Buffer.from(certificate, 'base64').toString('utf8');
    if (Date.now() + pause > deadline) throw approved ? noSigner(submitted, timeout) : notApproved(submitted, timeout);
    await sleep(pause);
  }
}

function noSigner(submitted: SubmittedRequest, timeout: number): EggtoothError {
  return new EggtoothError(
    'ERR_EGGTOOTH_NO_SIGNER',
    `is approved, and no certificate came within ${timeout / 1000} s`,
    {
      fix: 'check that kube-controller-manager signs here: some clusters, Amazon EKS among them, do not',
      object: requestReference(submitted),
    },
  );
}

function notApproved(submitted: SubmittedRequest, timeout: number): EggtoothError {
  const problem = timeout > 0 ? `was not approved within ${timeout / 1000} s` : 'is not approved yet';
  return new EggtoothError('ERR_EGGTOOTH_NOT_APPROVED', problem, {
    fix: `have somebody who may approve for ${SIGNER_NAME} look at it: eggtooth approve ${submitted.name}`,
    object: requestReference(submitted),
  });
}
