import type { Chain } from '../../chain/chain';
import type { Credential } from '../../chain/credentials';
import { parseUser } from '../../chain/generation';
import type { Cluster } from '../../cluster/cluster';
import { ClusterObjects } from '../../cluster/cluster-objects';
import { EggtoothError } from '../../errors';
import { isSecret } from '../../kubernetes/kinds';
import { type KubeObject, referenceTo } from '../../kubernetes/kube-object';
import { usersOf } from '../../rights/role-bindings';
import { userOf } from '../secret/held-certificate';
import { secretReference } from '../secret/secret';
import { readBindings } from './bindings';

/**
 * Refuses a user that was revoked: an object in the cluster names a higher generation of the same reader.
 * @param objects - Secrets and RoleBindings of the credential as they are in the cluster
 * @throws EggtoothError `ERR_EGGTOOTH_GENERATION`
 */
export function assertNotRevoked({ name, generation, user }: Credential, objects: readonly KubeObject[]): void {
  for (const object of objects) {
    const seen = (isSecret(object) ? [userOf(object) ?? ''] : usersOf(object)).map(parseUser);
    const [higher] = seen.filter((one) => one.name === name && one.generation > generation);
    if (higher === undefined) continue;
    throw new EggtoothError(
      'ERR_EGGTOOTH_GENERATION',
      `is for generation ${higher.generation} of ${name}, and the bundle names ${user}: that user was revoked, or is being revoked`,
      {
        fix: `complete the revocation: run eggtooth revoke with this bundle. Then ${generationFix(higher.generation)}`,
        object: referenceTo(object),
      },
    );
  }
}

/** Runs {@link assertNotRevoked} for every reader of a chain. */
export async function assertNoneRevoked(cluster: Cluster, { credentials }: Chain): Promise<void> {
  const objects = new ClusterObjects(cluster);
  for (const credential of credentials) {
    const secrets = await Promise.all(credential.secrets.map((secret) => objects.get(secretReference(secret))));
    const bindings = await readBindings(cluster, credential);
    assertNotRevoked(credential, [...bindings, ...secrets.filter((secret) => secret !== undefined)]);
  }
}

/** What to change in the bundle after a revocation. */
export function generationFix(generation: number): string {
  return `set generation: ${generation} of the AssetsReader (readerGeneration: ${generation} of BootstrapBundle), synthesize, and commit the bundle`;
}
