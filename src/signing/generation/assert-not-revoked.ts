import type { Chain } from '../../chain/chain';
import type { Credential } from '../../chain/credentials';
import { parseUser } from '../../chain/generation';
import type { Cluster } from '../../cluster/cluster';
import { ClusterObjects } from '../../cluster/cluster-objects';
import { EggtoothError, undefinedOn } from '../../errors';
import { type KubeObject, referenceTo } from '../../kubernetes/kube-object';
import { heldCertificate } from '../secret/held-certificate';
import { secretReference } from '../secret/secret';
import { isAccepted } from './accepted-certificate';
import { generationsOf, readBindings } from './bindings';

/**
 * Refuses a user that was revoked: the cluster has a higher generation of the same reader. A RoleBinding tells, or a
 * certificate in a Secret that the API server accepts; what else a Secret holds tells nothing.
 *
 * @param secrets - the Secrets of the credential as they are in the cluster
 * @throws EggtoothError `ERR_EGGTOOTH_GENERATION`
 */
export async function assertNotRevoked(
  cluster: Cluster,
  credential: Credential,
  secrets: readonly KubeObject[],
): Promise<void> {
  const isHigher = (user: string) => {
    const { name, generation } = parseUser(user);
    return name === credential.name && generation > credential.generation;
  };
  for (const binding of await readBindings(cluster, credential)) {
    const higher = generationsOf(binding, credential).find(isHigher);
    if (higher !== undefined) throw revoked(credential, binding, higher);
  }
  for (const secret of secrets) {
    const held = heldCertificate(secret);
    if (held === undefined) continue;
    try {
      if (isHigher(held.user) && (await isAccepted(cluster, credential, held))) {
        throw revoked(credential, secret, held.user);
      }
    } finally {
      held.privateKey.clear();
    }
  }
}

function revoked({ user }: Credential, object: KubeObject, higher: string): EggtoothError {
  const { name, generation } = parseUser(higher);
  return new EggtoothError(
    'ERR_EGGTOOTH_GENERATION',
    `is for generation ${generation} of ${name}, and the bundle names ${user}: that user was revoked, or is being revoked`,
    {
      fix: `complete the revocation: run eggtooth revoke with this bundle. Then ${generationFix(generation)}`,
      object: referenceTo(object),
    },
  );
}

/** Runs {@link assertNotRevoked} for every reader of a chain. What must not be read tells nothing. */
export async function assertNoneRevoked(cluster: Cluster, { credentials }: Pick<Chain, 'credentials'>): Promise<void> {
  const objects = new ClusterObjects(cluster);
  for (const credential of credentials) {
    const secrets = await Promise.all(
      credential.secrets.map((secret) => undefinedOn(objects.get(secretReference(secret)), 'ERR_EGGTOOTH_FORBIDDEN')),
    );
    await assertNotRevoked(
      cluster,
      credential,
      secrets.filter((secret) => secret !== undefined),
    );
  }
}

/** What to change in the bundle after a revocation. */
export function generationFix(generation: number): string {
  return `set generation: ${generation} of the AssetsReader (readerGeneration: ${generation} of BootstrapBundle), synthesize, and commit the bundle`;
}
