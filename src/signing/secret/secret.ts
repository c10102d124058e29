import { SECRET_ANNOTATIONS, SECRET_TYPE } from '../../chain/credential-secret';
import type { SecretReference } from '../../chain/links';
import type { Cluster } from '../../cluster/cluster';
import { type ApplyOptions, ClusterObjects } from '../../cluster/cluster-objects';
import { EggtoothError, isError } from '../../errors';
import { stringAt } from '../../kubernetes/fields';
import type { SecretManifest } from '../../kubernetes/k8s';
import type { KubeObject, ObjectReference } from '../../kubernetes/kube-object';
import { MANAGED_BY } from '../../kubernetes/labels';
import type { IssuedCertificate } from '../../pki/check-certificate';
import { removeLeftovers } from './key-copies';
import { noNamespace } from './not-applied';

/** Content of {@link secretManifest}. */
export interface SecretContent extends IssuedCertificate {
  /** CA certificates of the endpoints, PEM; empty if every system trusts the endpoints. */
  readonly ca: string;
  readonly issueCount: number;
}

/** The Secret as it is applied: type kubernetes.io/tls with tls.crt, tls.key and, if it is needed, ca.crt. */
export function secretManifest(secret: SecretReference, content: SecretContent): SecretManifest {
  const { certificate, privateKey, ca, csr, issueCount } = content;
  const empty = emptySecret(secret);
  const annotations = {
    ...(csr !== undefined && { [SECRET_ANNOTATIONS.request]: csr.name, [SECRET_ANNOTATIONS.requestUid]: csr.uid }),
    [SECRET_ANNOTATIONS.fingerprint]: certificate.fingerprint,
    [SECRET_ANNOTATIONS.notAfter]: certificate.notAfter.toISOString(),
    [SECRET_ANNOTATIONS.issueCount]: `${issueCount}`,
  };
  const encode = (text: string) => Buffer.from(text).toString('base64');
  return {
    ...empty,
    metadata: { ...empty.metadata, annotations },
    data: {
      ...(ca !== '' && { 'ca.crt': encode(ca) }),
      'tls.crt': encode(certificate.pem),
      'tls.key': encode(privateKey.revealPem()),
    },
  };
}

/** The Secret without a certificate: it has all its keys, with empty values. */
export function emptySecret({ namespace, name }: SecretReference): SecretManifest {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace, labels: MANAGED_BY },
    type: SECRET_TYPE,
    data: { 'ca.crt': '', 'tls.crt': '', 'tls.key': '' },
  };
}

/** The value of a key of a Secret as text; empty if there is none. */
export function secretText(secret: KubeObject, key: 'ca.crt' | 'tls.crt' | 'tls.key'): string {
  return Buffer.from(stringAt(secret, 'data', key) ?? '', 'base64').toString('utf8');
}

/** One of our annotations of a Secret. */
export function secretAnnotation(secret: KubeObject, key: keyof typeof SECRET_ANNOTATIONS): string | undefined {
  return stringAt(secret, 'metadata', 'annotations', SECRET_ANNOTATIONS[key]);
}

/** The reference of a Secret. */
export function secretReference({ namespace, name }: SecretReference): ObjectReference {
  return { apiVersion: 'v1', kind: 'Secret', namespace, name };
}

/**
 * Applies one Secret, all its keys in one write (server-side apply), and removes what kubectl has left in it.
 */
export async function applySecret(
  cluster: Cluster,
  manifest: SecretManifest,
  options: Pick<ApplyOptions, 'dryRun' | 'force'> = {},
): Promise<void> {
  const objects = new ClusterObjects(cluster);
  const stored = await objects.apply(manifest, { ...options, purpose: 'write the Secret' }).catch((error: unknown) => {
    // An apply creates what is missing, in a namespace that exists.
    if (isError(error, 'ERR_EGGTOOTH_NOT_FOUND')) throw noNamespace(manifest.metadata.namespace, error);
    throw isError(error, 'ERR_EGGTOOTH_API') && error.refusal === 'immutable' ? notApplied(manifest, error) : error;
  });
  if (!options.dryRun) await removeLeftovers(cluster, stored, manifest);
}

function notApplied({ metadata }: SecretManifest, cause: EggtoothError): EggtoothError {
  return new EggtoothError('ERR_EGGTOOTH_API', 'the API server refuses the Secret', {
    fix: `neither an immutable Secret can be changed, nor the type of a Secret to kubernetes.io/tls: look at it with kubectl get secret -n ${metadata.namespace} ${metadata.name}, delete it, and run again`,
    object: secretReference(metadata),
    status: cause.status,
    refusal: cause.refusal,
    cause,
  });
}
