import type { Credential } from '../../chain/credentials';
import type { Cluster } from '../../cluster/cluster';
import { check } from '../../pki/check-certificate';
import type { IssuedCertificate } from '../../pki/issued';
import type { IssueOptions } from '../issue-options';
import { secretFrame } from '../secret/secret';
import { write } from '../secret/write-secrets';
import { approve } from './approve-request';
import { clearRequests, isRequestGone, requestLabels } from './own-requests';
import { requestManifest, submit } from './submit-request';
import { collect } from './wait-for-certificate';

/** Options of {@link IssueOptions} that have their values. */
export type ObtainOptions = IssueOptions & Required<Pick<IssueOptions, 'timeout' | 'onProgress'>>;

/** How often a request is made anew because a run beside this one has cleared it away. */
const ATTEMPTS = 3;

/**
 * Obtains a certificate for a credential, with a fresh key: request, approve, collect, check. Before that, a dry run
 * asks the API server whether the Secrets may be written at all, and requests that earlier runs left are cleared away.
 */
export async function obtain(
  cluster: Cluster,
  credential: Credential,
  options: ObtainOptions,
): Promise<IssuedCertificate> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await obtainOnce(cluster, credential, options);
    } catch (error) {
      if (attempt === ATTEMPTS || !isRequestGone(error)) throw error;
      options.onProgress(`${credential.user}: a run beside this one has cleared the request away; making another`);
    }
  }
}

async function obtainOnce(
  cluster: Cluster,
  credential: Credential,
  options: ObtainOptions,
): Promise<IssuedCertificate> {
  const { user } = credential;
  const { timeout, expirationSeconds, onProgress } = options;
  onProgress(`${user}: making the key and the request`);
  const [made] = await Promise.all([
    // Loading x509 takes a while: it happens while the API server decides on the dry run.
    import('../../pki/create-request.js').then(({ createRequest }) => createRequest({ ...options, user })),
    write(cluster, credential, secretFrame, { dryRun: true }).then(() => clearRequests(cluster, credential)),
  ]);
  try {
    const manifest = requestManifest(made, expirationSeconds);
    const metadata = { ...manifest.metadata, labels: requestLabels(credential) };
    const submitted = await submit(cluster, { ...manifest, metadata });
    onProgress(`${user}: approving and collecting ${submitted.name}`);
    await approve(cluster, submitted, { users: [user], expirationSeconds });
    const pem = await collect(cluster, submitted, timeout);
    const privateKey = made.privateKey.toKeyObject();
    const certificate = check(pem, { user, privateKey, expirationSeconds, now: new Date(submitted.createdAt) });
    const { name, uid } = submitted;
    return { certificate, algorithm: made.algorithm, privateKey: made.privateKey, csr: { name, uid } };
  } catch (error) {
    made.privateKey.clear();
    throw error;
  }
}
