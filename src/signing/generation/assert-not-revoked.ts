import type { Chain } from '../../chain/chain';
import type { Credential } from '../../chain/credentials';
import { parseUser } from '../../chain/generation';
import { usersOf } from '../../chain/grants';
import type { Cluster } from '../../cluster/cluster';
import { EggtoothError } from '../../errors';
import { type KubeObject, referenceTo } from '../../kubernetes/kube-object';
import { userOf } from '../secret/held-certificate';
import { readSecret } from '../secret/secret-state';
import { readBindings } from './bindings';

/**
 * Refuses to work for a user that was revoked: an object of the cluster names a higher generation of the same reader.
 * @param objects - Secrets and RoleBindings of the credential, as they stand
 * @throws EggtoothError `ERR_EGGTOOTH_GENERATION`
 */
export function assertNotRevoked({ name, generation, user }: Credential, objects: readonly KubeObject[]): void {
  for (const object of objects) {
    const seen = (object.kind === 'Secret' ? [userOf(object) ?? ''] : usersOf(object)).map(parseUser);
    const [higher] = seen.filter((one) => one.name === name && one.generation > generation);
    if (higher === undefined) continue;
    throw new EggtoothError(
      'ERR_EGGTOOTH_GENERATION',
      `is for generation ${higher.generation} of ${name}, and the bundle names ${user}: that user was revoked, or is being revoked`,
      {
        fix: `finish with: eggtooth revoke, on the bundle as it is. Then ${generationFix(higher.generation)}`,
        object: referenceTo(object),
      },
    );
  }
}

/** {@link assertNotRevoked} for all readers of a chain, before anything is applied. */
export async function assertNoneRevoked(cluster: Cluster, { credentials }: Chain): Promise<void> {
  for (const credential of credentials) {
    const secrets = await Promise.all(credential.secrets.map((secret) => readSecret(cluster, secret)));
    const bindings = await readBindings(cluster, credential);
    assertNotRevoked(credential, [...bindings, ...secrets.filter((secret) => secret !== undefined)]);
  }
}

/** What to change in the bundle, so that synth and cluster agree. */
export function generationFix(generation: number): string {
  return `set generation: ${generation} of the AssetsReader (readerGeneration: ${generation} of BootstrapBundle), synthesize, and commit the bundle`;
}
