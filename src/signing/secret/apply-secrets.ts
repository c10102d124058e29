import type { Credential } from '../../chain/credentials';
import type { Cluster } from '../../cluster/cluster';
import type { IssuedCertificate } from '../../pki/check-certificate';
import { requestReconcile } from '../flux/reconcile-request';
import { applySecret, emptySecret, secretManifest } from './secret';
import type { State } from './secret-state';

/** Applies the Secrets of a credential with a certificate, each in one write. */
export async function applySecrets(
  cluster: Cluster,
  { secrets }: Pick<Credential, 'secrets'>,
  issued: IssuedCertificate,
  { caOf, issueCount }: Pick<State, 'caOf' | 'issueCount'>,
): Promise<void> {
  await Promise.all(
    secrets.map((secret) => applySecret(cluster, secretManifest(secret, { ...issued, issueCount, ca: caOf(secret) }))),
  );
}

/** Asks Flux to reconcile every repository of a credential. */
export async function requestReconciles(
  cluster: Cluster,
  { repositories }: Pick<Credential, 'repositories'>,
  { dryRun = false } = {},
): Promise<void> {
  await Promise.all(repositories.map(({ object }) => requestReconcile(cluster, object, { dryRun })));
}

/** Lets the API server decide, by dry run, whether the Secrets and the reconcile requests may be written. */
export async function tryToWrite(cluster: Cluster, credential: Credential): Promise<void> {
  await Promise.all([
    ...credential.secrets.map((secret) => applySecret(cluster, emptySecret(secret), { dryRun: true })),
    requestReconciles(cluster, credential, { dryRun: true }),
  ]);
}
