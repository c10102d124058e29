import { createHash } from 'node:crypto';
import type { CertificateSigningRequestManifest } from '../kubernetes/k8s';
import type { GeneratedNameMetadata } from '../kubernetes/manifest';

/** The signer of client certificates that the API server accepts. */
export const SIGNER_NAME = 'kubernetes.io/kube-apiserver-client';

/** Kinds of key: ECDSA on P-256, RSA with 3072 bits, Ed25519. */
export type KeyAlgorithm = 'P-256' | 'RSA' | 'Ed25519';

/** What a CertificateSigningRequest for a client certificate is made of. */
export interface ClientCertificateRequest {
  readonly metadata: GeneratedNameMetadata;
  /** PKCS #10 request, one PEM block. */
  readonly request: string;
  /** Only RSA keys may be used for key encipherment. */
  readonly algorithm: KeyAlgorithm;
  /**
   * Wanted duration in seconds, at least 600.
   * @default - the signer's own (--cluster-signing-duration, a year if not set)
   */
  readonly expirationSeconds?: number;
}

/** The CertificateSigningRequest for a client certificate of the API server (certificates.k8s.io/v1). */
export function certificateSigningRequest(props: ClientCertificateRequest): CertificateSigningRequestManifest {
  const { metadata, request, algorithm, expirationSeconds } = props;
  return {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata,
    spec: {
      request: Buffer.from(request).toString('base64'),
      signerName: SIGNER_NAME,
      usages: [...usagesOf(algorithm)],
      ...(expirationSeconds === undefined ? {} : { expirationSeconds }),
    },
  };
}

/** The usages of a client certificate for a kind of key. */
export function usagesOf(algorithm: KeyAlgorithm): readonly string[] {
  return ['client auth', 'digital signature', ...(algorithm === 'RSA' ? ['key encipherment'] : [])];
}

/** `USER-HASH` as an object's name: a new request never meets an old object. */
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
