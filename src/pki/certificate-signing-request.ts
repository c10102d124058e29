import { createHash } from 'node:crypto';
import type { CertificateSigningRequestManifest } from '../kubernetes/k8s';
import type { ObjectReference } from '../kubernetes/kube-object';
import type { GeneratedNameMetadata } from '../kubernetes/manifest';

/** The signer of client certificates that the API server accepts. */
export const SIGNER_NAME = 'kubernetes.io/kube-apiserver-client';

/** API version and kind of a CertificateSigningRequest. */
export const requestGvk = { apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest' } as const;

/** Kind of a key: ECDSA on P-256, RSA with 3072 bits, or Ed25519. */
export type KeyAlgorithm = 'P-256' | 'RSA' | 'Ed25519';

/** Options of {@link certificateSigningRequest}. */
export interface ClientCertificateRequest {
  readonly metadata: GeneratedNameMetadata;
  /** PKCS #10 request, one PEM block. */
  readonly request: string;
  /** Kind of the request's key: only RSA keys are for key encipherment. */
  readonly algorithm: KeyAlgorithm;
  /**
   * spec.expirationSeconds, at least 600.
   * @default - the signer's own (--cluster-signing-duration, a year if not set)
   */
  readonly expirationSeconds?: number;
}

/** The CertificateSigningRequest for a client certificate of the API server. */
export function certificateSigningRequest(props: ClientCertificateRequest): CertificateSigningRequestManifest {
  const { metadata, request, algorithm, expirationSeconds } = props;
  return {
    ...requestGvk,
    metadata,
    spec: {
      request: Buffer.from(request).toString('base64'),
      signerName: SIGNER_NAME,
      usages: [...usagesOf(algorithm)],
      ...(expirationSeconds === undefined ? {} : { expirationSeconds }),
    },
  };
}

/** The reference of a CertificateSigningRequest. */
export function requestReference({ name }: { readonly name: string }): ObjectReference {
  return { ...requestGvk, name };
}

/** The usages of a client certificate for a kind of key. */
export function usagesOf(algorithm: KeyAlgorithm): readonly string[] {
  return ['client auth', 'digital signature', ...(algorithm === 'RSA' ? ['key encipherment'] : [])];
}

/** `USER-HASH` as an object's name: another request has another name. */
export function requestName(user: string, request: string): string {
  return `${objectNameOf(user)}-${createHash('sha256').update(request).digest('hex').slice(0, 10)}`;
}

/** A user as part of an object's name. */
export function objectNameOf(user: string): string {
  return (
    user
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '') || 'reader'
  );
}
