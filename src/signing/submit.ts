import { certificateSigningRequest, objectNameOf } from '../certificate-request';
import { stringAt } from '../chain/fields';
import type { Cluster } from '../cluster/cluster';
import { EggtoothError } from '../errors';
import type { CertificateSigningRequestManifest } from '../k8s';
import type { ObjectReference } from '../kube-object';
import { MANAGED_BY } from '../managed-by';
import type { KeyAndRequest } from './request';

/** Path of the CertificateSigningRequests. */
export const REQUESTS_PATH = '/apis/certificates.k8s.io/v1/certificatesigningrequests';

/** A CertificateSigningRequest that was created: the one to approve and to collect, and no other. */
export interface SubmittedRequest {
  readonly name: string;
  readonly uid: string;
  /** spec.request as it was sent and stored: base64 of the PEM. */
  readonly request: string;
  /** metadata.creationTimestamp, RFC 3339. */
  readonly createdAt: string;
}

/** The CertificateSigningRequest as it is created; the API server completes its name. */
export function requestManifest(
  { user, request, algorithm }: KeyAndRequest,
  expirationSeconds?: number,
): CertificateSigningRequestManifest {
  const metadata = { generateName: `${objectNameOf(user)}-`, labels: MANAGED_BY };
  return certificateSigningRequest({ metadata, request, algorithm, expirationSeconds });
}

/**
 * Creates the CertificateSigningRequest. Its name is new each time: the spec of an existing one cannot be changed.
 * @throws EggtoothError of the {@link Cluster}
 */
export async function submit(cluster: Cluster, manifest: CertificateSigningRequestManifest): Promise<SubmittedRequest> {
  const answer = await cluster.call({
    purpose: 'create the CertificateSigningRequest',
    method: 'POST',
    path: REQUESTS_PATH,
    body: manifest,
  });
  const [name, uid] = [stringAt(answer, 'metadata', 'name'), stringAt(answer, 'metadata', 'uid')];
  const { request } = manifest.spec;
  if (name === undefined || uid === undefined || stringAt(answer, 'spec', 'request') !== request) {
    throw new EggtoothError('ERR_EGGTOOTH_REQUEST_CHANGED', 'the API server did not store the request as it was sent', {
      cure: 'look for an admission webhook that changes CertificateSigningRequests',
    });
  }
  return { name, uid, request, createdAt: stringAt(answer, 'metadata', 'creationTimestamp') ?? '' };
}

/** Names a submitted request in errors. */
export function requestReference({ name }: Pick<SubmittedRequest, 'name'>): ObjectReference {
  return { apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest', name };
}
