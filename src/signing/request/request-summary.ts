import { createHash, type KeyObject } from 'node:crypto';
import { fieldAt, stringAt } from '../../kubernetes/fields';
import type { KeyAlgorithm } from '../../pki/certificate-signing-request';
import { checkRequest, type RequestExpectation } from '../../pki/check-request';
import { isApproved } from './read-request';
import type { SubmittedRequest } from './submit-request';

/** A request in the cluster that passed {@link checkRequest}: what two people compare, and its state. */
export interface RequestSummary extends SubmittedRequest {
  /** The user that it names. */
  readonly user: string;
  /** Kind of its key. */
  readonly algorithm: KeyAlgorithm;
  /**
   * SHA-256 of everything that is approved, lower-case hex: uid, signer, usages, duration, request and creator. It is that
   * of the lines that {@link https://kubernetes.io/docs/reference/kubectl/jsonpath/ | kubectl} prints with
   * `-o jsonpath='{.metadata.uid}{"\n"}{.spec.signerName}{"\n"}{.spec.usages}{"\n"}{.spec.expirationSeconds}{"\n"}{.spec.request}{"\n"}{.spec.username}'`.
   */
  readonly sha256: string;
  /** Who created it (spec.username). */
  readonly requestedBy: string;
  /** spec.expirationSeconds; absent if the duration is left to the cluster. */
  readonly expirationSeconds?: number;
  /** `issued`: the certificate can be collected. */
  readonly state: 'pending' | 'approved' | 'issued';
}

/**
 * Checks a request as the API server returns it, and summarizes it.
 * @throws EggtoothError `ERR_EGGTOOTH_REQUEST`, `ERR_EGGTOOTH_DENIED` or `ERR_EGGTOOTH_SIGNING_FAILED`
 */
export function summarizeRequest(
  object: unknown,
  expectation: RequestExpectation,
): { readonly summary: RequestSummary; readonly publicKey: KeyObject } {
  const { publicKey, ...checked } = checkRequest(object, expectation);
  const submitted: SubmittedRequest = {
    name: stringAt(object, 'metadata', 'name') ?? '',
    uid: stringAt(object, 'metadata', 'uid') ?? '',
    request: stringAt(object, 'spec', 'request') ?? '',
    createdAt: stringAt(object, 'metadata', 'creationTimestamp') ?? '',
  };
  const approved = isApproved(object, submitted);
  const expirationSeconds = fieldAt(object, 'spec', 'expirationSeconds');
  const summary: RequestSummary = {
    ...submitted,
    ...checked,
    sha256: digestOf(object),
    requestedBy: stringAt(object, 'spec', 'username') ?? '',
    ...(typeof expirationSeconds === 'number' && { expirationSeconds }),
    state: stringAt(object, 'status', 'certificate') ? 'issued' : approved ? 'approved' : 'pending',
  };
  return { summary, publicKey };
}

/** No line but the last can contain a line break, so that no two requests have the same lines. */
function digestOf(object: unknown): string {
  const lines = [
    fieldAt(object, 'metadata', 'uid'),
    fieldAt(object, 'spec', 'signerName'),
    JSON.stringify(fieldAt(object, 'spec', 'usages')),
    fieldAt(object, 'spec', 'expirationSeconds') ?? '',
    fieldAt(object, 'spec', 'request'),
    fieldAt(object, 'spec', 'username'),
  ];
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}
