import type { SecretReference } from '../../chain/links';
import type { Cluster } from '../../cluster/cluster';
import { ClusterObjects } from '../../cluster/cluster-objects';
import { EggtoothError, isError } from '../../errors';
import type { SecretManifest } from '../../kubernetes/k8s';
import type { ObjectReference } from '../../kubernetes/kube-object';
import { MANAGED_BY } from '../../kubernetes/labels';
import type { IssuedCertificate } from '../../pki/issued';

/** Annotations of the Secret; none says anything of the key. */
export const SECRET_ANNOTATIONS = {
  /** Name of the CertificateSigningRequest. */
  request: 'eggtooth.dev/request',
  /** uid of the CertificateSigningRequest. */
  requestUid: 'eggtooth.dev/request-uid',
  /** SHA-256 of the certificate, hex. */
  fingerprint: 'eggtooth.dev/fingerprint',
  /** When it expires, RFC 3339. */
  notAfter: 'eggtooth.dev/not-after',
  /** How often a certificate was issued into this Secret. */
  generation: 'eggtooth.dev/generation',
} as const;

/** What goes into a Secret. */
export interface SecretContent extends IssuedCertificate {
  /** CA certificates of the endpoints, PEM. */
  readonly ca: string;
  readonly generation: number;
}

/** The Secret as it is applied: type kubernetes.io/tls with tls.crt, tls.key and ca.crt. */
export function secretManifest(secret: SecretReference, content: SecretContent): SecretManifest {
  const { certificate, privateKey, ca, csr, generation } = content;
  const frame = secretFrame(secret);
  const annotations = {
    [SECRET_ANNOTATIONS.request]: csr.name,
    [SECRET_ANNOTATIONS.requestUid]: csr.uid,
    [SECRET_ANNOTATIONS.fingerprint]: certificate.fingerprint,
    [SECRET_ANNOTATIONS.notAfter]: certificate.notAfter.toISOString(),
    [SECRET_ANNOTATIONS.generation]: `${generation}`,
  };
  const encode = (text: string) => Buffer.from(text).toString('base64');
  return {
    ...frame,
    metadata: { ...frame.metadata, annotations },
    data: { 'ca.crt': encode(ca), 'tls.crt': encode(certificate.pem), 'tls.key': encode(privateKey.revealPem()) },
  };
}

/** The Secret before there is a certificate: its keys are there, and empty. */
export function secretFrame({ namespace, name }: SecretReference): SecretManifest {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace, labels: MANAGED_BY },
    type: 'kubernetes.io/tls',
    data: { 'ca.crt': '', 'tls.crt': '', 'tls.key': '' },
  };
}

/**
 * Applies one Secret, all its keys in one write (server-side apply).
 * @param dryRun - let the API server decide, and store nothing
 */
export async function applySecret(cluster: Cluster, manifest: SecretManifest, { dryRun = false } = {}): Promise<void> {
  const objects = new ClusterObjects(cluster);
  await objects.apply(manifest, { dryRun, purpose: 'write the Secret' }).catch((error: unknown) => {
    throw isError(error, 'ERR_EGGTOOTH_API') && !error.retryable ? notApplied(manifest, error) : error;
  });
}

/** Path of one Secret. */
export function secretPath({ namespace, name }: SecretReference): string {
  return `/api/v1/namespaces/${namespace}/secrets/${name}`;
}

/** Names a Secret in errors. */
export function secretReference({ namespace, name }: SecretReference): ObjectReference {
  return { apiVersion: 'v1', kind: 'Secret', namespace, name };
}

function notApplied({ metadata }: SecretManifest, cause: EggtoothError): EggtoothError {
  return new EggtoothError('ERR_EGGTOOTH_API', 'the API server refuses the Secret', {
    fix: `an existing Secret of another type than kubernetes.io/tls cannot be changed: look with kubectl get secret -n ${metadata.namespace} ${metadata.name}, delete it, run again`,
    object: secretReference(metadata),
    cause,
  });
}
