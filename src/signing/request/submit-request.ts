import type { Cluster } from '../../cluster/cluster';
import { EggtoothError } from '../../errors';
import { stringAt } from '../../kubernetes/fields';
import type { CertificateSigningRequestManifest } from '../../kubernetes/k8s';
import type { ObjectReference } from '../../kubernetes/kube-object';
import { MANAGED_BY } from '../../kubernetes/labels';
import { certificateSigningRequest, objectNameOf } from '../../pki/certificate-signing-request';
import type { KeyAndRequest } from '../../pki/create-request';

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

/** The CertificateSigningRequest as it is created; the API server completes its name, if none is given. */
export function requestManifest(
  { user, request, algorithm }: KeyAndRequest,
  expirationSeconds?: number,
  name?: string,
): CertificateSigningRequestManifest {
  const named = name === undefined ? { generateName: `${objectNameOf(user)}-` } : { name };
  const metadata = { ...named, labels: MANAGED_BY };
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
      fix: 'look for an admission webhook that changes CertificateSigningRequests',
    });
  }
  return { name, uid, request, createdAt: stringAt(answer, 'metadata', 'creationTimestamp') ?? '' };
}

/** Path of a submitted request. */
export function requestPath({ name }: Pick<SubmittedRequest, 'name'>): string {
  return `${REQUESTS_PATH}/${encodeURIComponent(name)}`;
}

/** Names a submitted request in errors. */
export function requestReference({ name }: Pick<SubmittedRequest, 'name'>): ObjectReference {
  return { apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest', name };
}
