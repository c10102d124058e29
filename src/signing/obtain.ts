import type { Credential } from '../chain/credentials';
import type { Cluster } from '../cluster/cluster';
import { approve } from './approve';
import { check } from './check';
import { collect } from './collect';
import type { IssueOptions } from './issue-options';
import type { IssuedCertificate } from './issued';
import { secretFrame } from './secret';
import { requestManifest, submit } from './submit';
import { write } from './write';

/** Options of {@link IssueOptions} that have their values. */
export type ObtainOptions = IssueOptions & Required<Pick<IssueOptions, 'timeout' | 'onProgress'>>;

/**
 * Obtains a certificate for a credential, with a fresh key: request, approve, collect, check. Before that, a dry run
 * asks the API server whether the Secrets may be written at all.
 */
export async function obtain(
  cluster: Cluster,
  credential: Credential,
  options: ObtainOptions,
): Promise<IssuedCertificate> {
  const { user } = credential;
  const { timeout, expirationSeconds, onProgress } = options;
  onProgress(`${user}: making the key and the request`);
  const [made] = await Promise.all([
    // Loading x509 takes a while: it happens while the API server decides on the dry run.
    import('./request.js').then(({ createRequest }) => createRequest({ ...options, user })),
    write(cluster, credential, secretFrame, { dryRun: true }),
  ]);
  try {
    const submitted = await submit(cluster, requestManifest(made, expirationSeconds));
    onProgress(`${user}: approving and collecting ${submitted.name}`);
    await approve(cluster, submitted, { users: [user], expirationSeconds });
    const pem = await collect(cluster, submitted, timeout);
    const certificate = check(pem, { user, privateKey: made.privateKey.toKeyObject(), expirationSeconds });
    const { name, uid } = submitted;
    return { certificate, algorithm: made.algorithm, privateKey: made.privateKey, csr: { name, uid } };
  } catch (error) {
    made.privateKey.clear();
    throw error;
  }
}
