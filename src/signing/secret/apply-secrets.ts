import type { Credential } from '../../chain/credentials';
import { isSameSecret } from '../../chain/links';
import type { Cluster } from '../../cluster/cluster';
import type { IssuedCertificate } from '../../pki/check-certificate';
import { requestReconcile } from '../flux/reconcile-request';
import { type AdoptOptions, assertOurs, readSecrets } from './assert-ours';
import { applySecret, emptySecret, secretManifest } from './secret';
import type { State } from './secret-state';

/**
 * Applies the Secrets of a credential with a certificate, each in one write.
 * @throws EggtoothError `ERR_EGGTOOTH_FOREIGN`, before anything is written, if one of them is somebody else's
 */
export async function applySecrets(
  cluster: Cluster,
  credential: Pick<Credential, 'name' | 'secrets'>,
  issued: IssuedCertificate,
  { caOf, issueCount }: Pick<State, 'caOf' | 'issueCount'>,
  options: AdoptOptions,
): Promise<void> {
  // Read again: the signer and the checks may have taken minutes.
  const found = await readSecrets(cluster, credential);
  assertOurs(credential, found, options);
  await Promise.all(
    credential.secrets.map((secret) => {
      const exists = found.some(({ metadata: { namespace = '', name = '' } }) =>
        isSameSecret(secret, { namespace, name }),
      );
      const manifest = secretManifest(secret, { ...issued, issueCount, ca: caOf(secret) });
      return applySecret(cluster, manifest, { force: exists || options.adopt });
    }),
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
