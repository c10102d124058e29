import type { Credential } from '../../chain/credentials';
import { isSameSecret } from '../../chain/links';
import type { Cluster } from '../../cluster/cluster';
import { ClusterObjects } from '../../cluster/cluster-objects';
import { EggtoothError } from '../../errors';
import { fieldAt, stringAt } from '../../kubernetes/fields';
import { helmRepositoryGvk } from '../../kubernetes/flux';
import { identityOf, namespaceOf } from '../../kubernetes/identity';
import { type KubeObject, printReference, referenceTo } from '../../kubernetes/kube-object';
import { bundleOf } from '../../kubernetes/labels';
import { endpointUrls } from './endpoints';

/** How many repositories a warning names. */
const NAMED = 5;

/**
 * Finds HelmRepositories of the cluster that read from the endpoints of a credential with another Secret.
 * source-controller pools its connections by host, so a request may be made with the certificate of the other reader, which
 * has no rights on the route: it fails with 403.
 *
 * @param onWarning - called with each warning
 * @returns the warnings; none if the repositories cannot be listed
 */
export async function findOtherReaders(
  cluster: Cluster,
  credential: Credential,
  onWarning: (warning: string) => void = () => {},
): Promise<readonly string[]> {
  const own = credential.repositories.map(({ object }) => object);
  const names = new Set(own.map(identityOf));
  const others = (await listRepositories(cluster)).filter(
    (object) => !names.has(identityOf(object)) && fieldAt(object, 'spec', 'suspend') !== true,
  );
  const bundles = new Set(own.flatMap((object) => bundleOf(object) ?? []));
  const warnings = endpointUrls(credential).flatMap((url) => {
    const there = others.filter((object) => hostOf(object) === new URL(url).host && !hasSecretOf(credential, object));
    return there.length === 0 ? [] : [warningOf(credential, url, there, bundles)];
  });
  warnings.forEach(onWarning);
  return warnings;
}

/** Who may only renew a certificate need not be allowed to list repositories; what cannot be seen is no fault. */
async function listRepositories(cluster: Cluster): Promise<readonly KubeObject[]> {
  try {
    const purpose = 'look for other readers at the same endpoint';
    return await new ClusterObjects(cluster).list(helmRepositoryGvk, { purpose });
  } catch (error) {
    if (!(error instanceof EggtoothError)) throw error;
    return [];
  }
}

/** Host and port of a HelmRepository, lower-case and without the default port. */
function hostOf(object: KubeObject): string | undefined {
  const url = stringAt(object, 'spec', 'url') ?? '';
  return /^https:/i.test(url) && URL.canParse(url) ? new URL(url).host : undefined;
}

function hasSecretOf({ secrets }: Credential, object: KubeObject): boolean {
  const name = stringAt(object, 'spec', 'certSecretRef', 'name');
  const secret = name === undefined ? undefined : { namespace: namespaceOf(object.metadata), name };
  return secrets.some((one) => isSameSecret(one, secret));
}

function warningOf(
  { user }: Credential,
  url: string,
  repositories: readonly KubeObject[],
  bundles: ReadonlySet<string>,
): string {
  const names = repositories.slice(0, NAMED).map((object) => printReference(referenceTo(object)));
  const more = repositories.length > NAMED ? ` and ${repositories.length - NAMED} more` : '';
  const areLeft = repositories.every((object) => bundles.has(bundleOf(object) ?? ''));
  const fix = areLeft
    ? 'an earlier version of the bundle left them: delete them with eggtooth up --prune'
    : 'let all of them use one reader, or give the bundle another address of the API server';
  return (
    `${names.join(', ')}${more} read from ${url} too, with another Secret than that of ${user}: ` +
    `Flux pools connections by host, so requests may be made with the other certificate, and fail with 403; fix: ${fix}`
  );
}
