import type { Chain } from '../../chain/chain';
import type { Credential } from '../../chain/credentials';
import { parseUser } from '../../chain/generation';
import { FIELD_MANAGER, mayOverwrite } from '../../cluster/applied-mark';
import type { Cluster } from '../../cluster/cluster';
import { ClusterObjects } from '../../cluster/cluster-objects';
import { EggtoothError } from '../../errors';
import { fieldAt, listAt, stringAt } from '../../kubernetes/fields';
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
 * Refuses to overwrite the Secrets of somebody else. A Secret may be written if eggtooth wrote it, or if Flux does not manage
 * it and it is empty or holds a certificate of the same reader, whoever wrote that. A Secret whose key Flux applies is Flux's.
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
        : `change it where ${owner} takes it from (eggtooth sign makes another), name another Secret in the HelmRepositories, or run again with --adopt to overwrite it until Flux applies it again`,
    object: referenceTo(first),
  });
}

/**
 * Runs {@link assertOurs} for every reader of a chain, before it is known what is due. A Secret of `eggtooth sign` that Flux
 * applies may be current, and then nothing is written.
 */
export async function assertSecretsOurs(
  cluster: Cluster,
  { credentials }: Chain,
  options: AdoptOptions,
): Promise<void> {
  for (const credential of credentials) {
    const secrets = await readSecrets(cluster, credential);
    assertOurs(
      credential,
      secrets.filter((secret) => !isSignedForFlux(secret)),
      options,
    );
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

/**
 * Whether Flux applies a Secret of `eggtooth sign`, from Git for example: another field manager has written its key, and
 * would write it again. A Secret that Flux applies without a key keeps the one that eggtooth writes.
 */
function isSignedForFlux(secret: KubeObject): boolean {
  const hasKeyOfOthers = listAt(secret.metadata, 'managedFields').some(
    (entry) =>
      stringAt(entry, 'manager') !== FIELD_MANAGER && fieldAt(entry, 'fieldsV1', 'f:data', 'f:tls.key') !== undefined,
  );
  return hasKeyOfOthers && mayOverwrite(secret) && fluxOwnerOf(secret) !== undefined;
}

function isOurs(secret: KubeObject, reader: string): boolean {
  if (isSignedForFlux(secret)) return false;
  if (mayOverwrite(secret)) return true;
  if (fluxOwnerOf(secret) !== undefined) return false;
  const user = userOf(secret);
  if (user !== undefined && parseUser(user).name === reader) return true;
  return Object.values(fieldAt(secret, 'data') ?? {}).every((value) => value === '');
}
