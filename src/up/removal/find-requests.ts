import { SECRET_ANNOTATIONS } from '../../chain/credential-secret';
import { stringAt } from '../../kubernetes/fields';
import type { KubeObject } from '../../kubernetes/kube-object';
import { isManaged } from '../../kubernetes/labels';
import { requestName, SIGNER_NAME } from '../../pki/certificate-signing-request';
import { requestedUser } from '../../pki/check-request';
import type { Run } from '../run';

/** CertificateSigningRequests for some users, by who created them. */
export interface Requests {
  /** Created by eggtooth: they are labeled so, a Secret names them, or they have the name that `csr` gives them. */
  readonly ours: readonly KubeObject[];
  readonly others: readonly KubeObject[];
}

/**
 * Finds the CertificateSigningRequests whose subject is one of the users and nothing else.
 * @param secrets - the Secrets in the cluster, which name the requests that their certificates come from
 */
export async function findRequests(
  { objects }: Run,
  users: readonly string[],
  secrets: readonly KubeObject[],
): Promise<Requests> {
  if (users.length === 0) return { ours: [], others: [] };
  const kind = { apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest' };
  const named = secrets.map((secret) => stringAt(secret, 'metadata', 'annotations', SECRET_ANNOTATIONS.requestUid));
  const requests: { ours: KubeObject[]; others: KubeObject[] } = { ours: [], others: [] };
  for (const object of await objects.list(kind)) {
    if (stringAt(object, 'spec', 'signerName') !== SIGNER_NAME) continue;
    const pem = Buffer.from(stringAt(object, 'spec', 'request') ?? '', 'base64').toString('utf8');
    const user = requestedUser(pem, users);
    if (user === undefined) continue;
    const isOurs =
      isManaged(object) ||
      object.metadata.name === requestName(user, pem) ||
      named.includes(stringAt(object, 'metadata', 'uid'));
    (isOurs ? requests.ours : requests.others).push(object);
  }
  return requests;
}
