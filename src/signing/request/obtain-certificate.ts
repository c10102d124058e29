import type { Credential } from '../../chain/credentials';
import type { Cluster } from '../../cluster/cluster';
import { checkCertificate, type IssuedCertificate } from '../../pki/check-certificate';
import type { IssueOptions } from '../issue-options';
import { tryToWrite } from '../secret/apply-secrets';
import { approveRequest } from './approve-request';
import { requestLabels } from './own-requests';
import { requestedDuration } from './requested-duration';
import { requestManifest, submitRequest } from './submit-request';
import { waitForCertificate } from './wait-for-certificate';

/** {@link IssueOptions} with the values of those that have a default. */
export type ObtainOptions = IssueOptions & Required<Pick<IssueOptions, 'timeout' | 'onProgress'>>;

/**
 * Obtains a certificate for a credential, with a new key: request, approve, collect, check. Before that, a dry run asks
 * the API server whether the Secrets may be written at all.
 */
export async function obtainCertificate(
  cluster: Cluster,
  credential: Credential,
  options: ObtainOptions,
): Promise<IssuedCertificate> {
  const { user } = credential;
  const { timeout, onProgress } = options;
  const duration = requestedDuration(credential, options.duration);
  onProgress(`${user}: creating the key and the request`);
  const [created] = await Promise.all([
    // Loading x509 takes a while: it happens while the API server decides on the dry run.
    import('../../pki/create-request.js').then(({ createRequest }) => createRequest({ ...options, user })),
    tryToWrite(cluster, credential),
  ]);
  const { algorithm, privateKey } = created;
  try {
    const manifest = requestManifest(created, { duration, labels: requestLabels(credential) });
    const submitted = await submitRequest(cluster, manifest);
    onProgress(`${user}: approving and collecting ${submitted.name}`);
    await approveRequest(cluster, submitted, { users: [user], duration });
    const pem = await waitForCertificate(cluster, submitted, { timeout });
    const now = new Date(submitted.createdAt);
    const certificate = checkCertificate(pem, { user, privateKey: privateKey.toKeyObject(), duration, now });
    const { name, uid } = submitted;
    return { certificate, algorithm, privateKey, csr: { name, uid } };
  } catch (error) {
    privateKey.clear();
    throw error;
  }
}
