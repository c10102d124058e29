import type { Cluster } from '../../cluster/cluster';
import { Deadline, poll } from '../../cluster/poll';
import { EggtoothError } from '../../errors';
import { stringAt } from '../../kubernetes/fields';
import { requestReference, SIGNER_NAME } from '../../pki/certificate-signing-request';
import { isApproved, readRequest } from './read-request';
import type { SubmittedRequest } from './submit-request';

/** The signer takes some 20 to 45 ms for a key on P-256. */
const PAUSES = { first: 8, longest: 1000 };

/** Options of {@link waitForCertificate}. */
export interface WaitOptions {
  /**
   * How long to wait for the signer, in milliseconds; 0 looks once.
   * @default 30000
   */
  readonly timeout?: number;
}

/**
 * Waits for the certificate of an approved request.
 *
 * @returns the certificate as the API server returns it: PEM, unchecked
 * @example
 * ```ts
 * const pem = await waitForCertificate(cluster, submitted, { timeout: 10_000 });
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_NOT_APPROVED`; `ERR_EGGTOOTH_DENIED`; `ERR_EGGTOOTH_SIGNING_FAILED`;
 * `ERR_EGGTOOTH_NO_SIGNER` if it is approved and nobody signs, as on Amazon EKS, which signs no client certificates;
 * `ERR_EGGTOOTH_REQUEST_CHANGED`, `ERR_EGGTOOTH_REQUEST_DELETED` or `ERR_EGGTOOTH_REQUEST_EXPIRED` if it does not exist;
 * any code of the {@link Cluster}
 */
export async function waitForCertificate(
  cluster: Cluster,
  submitted: SubmittedRequest,
  { timeout = 30_000 }: WaitOptions = {},
): Promise<string> {
  const look = async () => {
    const found = await readRequest(cluster, submitted, 'collect the certificate');
    return { approved: isApproved(found, submitted), certificate: stringAt(found, 'status', 'certificate') };
  };
  const { approved, certificate } = await poll(
    new Deadline(timeout),
    look,
    (seen) => Boolean(seen.certificate),
    PAUSES,
  );
  if (certificate) return Buffer.from(certificate, 'base64').toString('utf8');
  throw approved ? noSigner(submitted, timeout) : notApproved(submitted, timeout);
}

function noSigner(submitted: SubmittedRequest, timeout: number): EggtoothError {
  const problem = `is approved, but no certificate was issued within ${timeout / 1000} s`;
  return new EggtoothError('ERR_EGGTOOTH_NO_SIGNER', problem, {
    fix: 'check that kube-controller-manager signs client certificates on this cluster; Amazon EKS, for example, does not',
    object: requestReference(submitted),
  });
}

function notApproved(submitted: SubmittedRequest, timeout: number): EggtoothError {
  const problem = timeout > 0 ? `was not approved within ${timeout / 1000} s` : 'is not approved yet';
  return new EggtoothError('ERR_EGGTOOTH_NOT_APPROVED', problem, {
    fix: `ask somebody who may approve for ${SIGNER_NAME} to run: eggtooth approve ${submitted.name}`,
    object: requestReference(submitted),
  });
}
