import type { Cluster } from '../../cluster/cluster';
import { ClusterObjects } from '../../cluster/cluster-objects';
import { EggtoothError } from '../../errors';
import { stringAt } from '../../kubernetes/fields';
import type { CertificateSigningRequestManifest } from '../../kubernetes/k8s';
import { MANAGED_BY } from '../../kubernetes/labels';
import { certificateSigningRequest, objectNameOf } from '../../pki/certificate-signing-request';
import type { KeyAndRequest } from '../../pki/create-request';

/** A CertificateSigningRequest in the cluster. Its uid and bytes tell it apart from another one of the same name. */
export interface SubmittedRequest {
  /** metadata.name. */
  readonly name: string;
  /** metadata.uid. */
  readonly uid: string;
  /** spec.request as it was submitted and stored: base64 of the PEM. */
  readonly request: string;
  /** metadata.creationTimestamp, RFC 3339. */
  readonly createdAt: string;
}

/** Options of {@link requestManifest}. */
export interface RequestManifestOptions {
  /** @default - the API server completes `USER-` */
  readonly name?: string;
  /** @default - those of every object that eggtooth writes */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * Requested duration, in seconds.
   * @default - the signer's own
   */
  readonly duration?: number;
}

/** The CertificateSigningRequest as it is created. */
export function requestManifest(
  { user, request, algorithm }: KeyAndRequest,
  { name, labels = MANAGED_BY, duration }: RequestManifestOptions = {},
): CertificateSigningRequestManifest {
  const named = name === undefined ? { generateName: `${objectNameOf(user)}-` } : { name };
  const metadata = { ...named, labels: { ...labels } };
  return certificateSigningRequest({ metadata, request, algorithm, expirationSeconds: duration });
}

/**
 * Creates a CertificateSigningRequest in the cluster. An existing one is never changed, because its spec cannot be.
 *
 * @example
 * ```ts
 * const { manifest, privateKey } = await csr(chain);
 * const submitted = await submitRequest(cluster, manifest);
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_REQUEST_CHANGED` if it is stored with other bytes; any code of the {@link Cluster}
 */
export async function submitRequest(
  cluster: Cluster,
  manifest: CertificateSigningRequestManifest,
): Promise<SubmittedRequest> {
  const stored = await new ClusterObjects(cluster).create(manifest);
  const [name, uid] = [stringAt(stored, 'metadata', 'name'), stringAt(stored, 'metadata', 'uid')];
  const { request } = manifest.spec;
  if (name === undefined || uid === undefined || stringAt(stored, 'spec', 'request') !== request) {
    throw new EggtoothError(
      'ERR_EGGTOOTH_REQUEST_CHANGED',
      'the API server stored another request than was submitted',
      {
        fix: 'look for an admission webhook that changes CertificateSigningRequests',
      },
    );
  }
  return { name, uid, request, createdAt: stringAt(stored, 'metadata', 'creationTimestamp') ?? '' };
}
