import type { Credential, CredentialSecret } from '../../chain/credentials';
import type { Cluster } from '../../cluster/cluster';
import type { SecretManifest } from '../../kubernetes/k8s';
import { requestReconcile } from '../flux/reconcile-request';
import { applySecret } from './secret';

/**
 * Writes the Secret into every namespace of the credential, then nudges Flux.
 * @param dryRun - let the API server decide on all of it, and store nothing
 */
export async function write(
  cluster: Cluster,
  { secrets, repositories }: Credential,
  manifestOf: (secret: CredentialSecret) => SecretManifest,
  { dryRun = false } = {},
): Promise<void> {
  const applied = Promise.all(secrets.map((secret) => applySecret(cluster, manifestOf(secret), { dryRun })));
  // Flux must find the Secret when it is nudged.
  if (!dryRun) await applied;
  await Promise.all([applied, ...repositories.map((repository) => requestReconcile(cluster, repository, { dryRun }))]);
}
