import type { KeyObject } from 'node:crypto';
import { fieldAt, stringAt } from '../../kubernetes/fields';
import type { KeyAlgorithm } from '../../pki/certificate-signing-request';
import { checkRequest, type RequestExpectation } from '../../pki/check-request';
import { isApproved } from './request-conditions';
import { requestReference, type SubmittedRequest } from './submit-request';

/** A request in the cluster that passed every check: what two people compare, and how far it has come. */
export interface RequestSummary extends SubmittedRequest {
  readonly user: string;
  readonly algorithm: KeyAlgorithm;
  /** SHA-256 of the PEM as the API server holds it, lower-case hex. */
  readonly sha256: string;
  /** Who created it (spec.username); what the name of a user tells depends on the cluster. */
  readonly requestedBy: string;
  /** Wanted duration in seconds; absent if it is left to the cluster. */
  readonly expirationSeconds?: number;
  readonly state: 'pending' | 'approved' | 'issued';
}

/**
 * Checks a request as the API server gives it, and tells what it is.
 * @throws EggtoothError `ERR_EGGTOOTH_REQUEST`, `ERR_EGGTOOTH_DENIED` or `ERR_EGGTOOTH_SIGNING_FAILED`
 */
export function summarize(
  object: unknown,
  name: string,
  expectation: RequestExpectation,
): { readonly summary: RequestSummary; readonly publicKey: KeyObject } {
  const { publicKey, ...checked } = checkRequest(object, expectation, requestReference({ name }));
  const submitted: SubmittedRequest = {
    name,
    uid: stringAt(object, 'metadata', 'uid') ?? '',
    request: stringAt(object, 'spec', 'request') ?? '',
    createdAt: stringAt(object, 'metadata', 'creationTimestamp') ?? '',
  };
  const approved = isApproved(object, submitted);
  const duration = fieldAt(object, 'spec', 'expirationSeconds');
  const summary: RequestSummary = {
    ...submitted,
    ...checked,
    requestedBy: stringAt(object, 'spec', 'username') ?? '',
    ...(typeof duration === 'number' && { expirationSeconds: duration }),
    state: stringAt(object, 'status', 'certificate') ? 'issued' : approved ? 'approved' : 'pending',
  };
  return { summary, publicKey };
}
