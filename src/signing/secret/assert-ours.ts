import type { Chain } from '../../chain/chain';
import type { Credential } from '../../chain/credentials';
import { parseUser } from '../../chain/generation';
import { appliedFieldsOf, mayOverwrite } from '../../cluster/applied-mark';
import type { Cluster } from '../../cluster/cluster';
import { ClusterObjects } from '../../cluster/cluster-objects';
import { EggtoothError } from '../../errors';
import { fieldAt } from '../../kubernetes/fields';
import { fluxOwnerOf } from '../../kubernetes/flux-owner';
import { type KubeObject, printReference, referenceTo } from '../../kubernetes/kube-object';
import { userOf } from './held-certificate';
import { secretReference } from './secret';

/** Options of the functions that write Secrets. */
export interface AdoptOptions {
  /**
   * Overwrite Secrets that hold something else than a certificate of the reader, and that eggtooth did not write.
   * @default false
   */
  readonly adopt?: boolean;
}

/**
 * Refuses to overwrite the Secrets of somebody else. A Secret may be written if eggtooth wrote its data, or if Flux does not
 * manage it and it is empty or holds a certificate of the same reader, whoever wrote that.
 *
 * @param secrets - the Secrets of the credential that exist
 * @throws EggtoothError `ERR_EGGTOOTH_FOREIGN` with all of them
 */
export function assertOurs(
  { name }: Pick<Credential, 'name'>,
  secrets: readonly KubeObject[],
  { adopt = false }: AdoptOptions = {},
): void {
  const foreign = secrets.filter((secret) => !isOurs(secret, name));
  const [first, ...others] = foreign;
  if (adopt || first === undefined) return;
  const owner = fluxOwnerOf(first);
  const holds = owner === undefined ? `holds something else than a certificate of ${name}` : `is managed by ${owner}`;
  const list = others.map((secret) => printReference(referenceTo(secret))).join(', ');
  const more = list === '' ? '' : `; the same holds for ${list}`;
  throw new EggtoothError('ERR_EGGTOOTH_FOREIGN', `exists, is not eggtooth's, and ${holds}${more}`, {
    fix:
      owner === undefined
        ? 'name another Secret in the HelmRepositories, or run again with --adopt to overwrite it'
        : 'change the Secret in the source of Flux, or remove it there and run again with --adopt to overwrite it',
    object: referenceTo(first),
  });
}

/** Runs {@link assertOurs} for every reader of a chain. */
export async function assertSecretsOurs(
  cluster: Cluster,
  { credentials }: Chain,
  options: AdoptOptions,
): Promise<void> {
  for (const credential of credentials) {
    const secrets = await readSecrets(cluster, credential);
    // Whether Flux has a certificate that is due is looked at later: until then, none is written.
    const others = secrets.filter(
      (secret) => fluxOwnerOf(secret) === undefined || !holdsReader(secret, credential.name),
    );
    assertOurs(credential, others, options);
  }
}

/** Reads the Secrets of a credential that exist. */
export async function readSecrets(
  cluster: Cluster,
  { secrets }: Pick<Credential, 'secrets'>,
): Promise<readonly KubeObject[]> {
  const objects = new ClusterObjects(cluster);
  const found = await Promise.all(secrets.map((secret) => objects.get(secretReference(secret))));
  return found.filter((secret) => secret !== undefined);
}

function isOurs(secret: KubeObject, reader: string): boolean {
  // Who labels a Secret does not own what we wrote; who applied its data does.
  if (fluxOwnerOf(secret) !== undefined) return appliedFieldsOf(secret).some(ownsData);
  if (mayOverwrite(secret) || holdsReader(secret, reader)) return true;
  return Object.values(fieldAt(secret, 'data') ?? {}).every((value) => value === '');
}

function ownsData(entry: unknown): boolean {
  return fieldAt(entry, 'fieldsV1', 'f:data') !== undefined;
}

/** Whether a Secret holds a certificate of a reader, of any generation. */
function holdsReader(secret: KubeObject, reader: string): boolean {
  const user = userOf(secret);
  return user !== undefined && parseUser(user).name === reader;
}
