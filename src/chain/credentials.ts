import { EggtoothError } from '../errors';
import type { KubeObject } from '../kubernetes/kube-object';
import type { ApiServer } from './api-server';
import { statedDuration } from './certificate-duration';
import { parseUser, type ReaderUser } from './generation';
import type { RepositoryLink, RouteLink, SecretReference } from './links';
import type { ProxyUrl } from './proxy-url';

/** A repository with a valid URL. */
export type ReadableRepository = RepositoryLink & { readonly target: ProxyUrl };

/** A Secret that the certificate is written to. */
export interface CredentialSecret extends SecretReference {
  /** The endpoints that the CA of the Secret has to verify. */
  readonly endpoints: readonly ApiServer[];
}

/** A certificate to issue: its user, its Secrets, and what Flux reads with it. */
export interface Credential extends ReaderUser {
  /** The commonName of the certificate: name and generation of the reader. */
  readonly user: string;
  /** The Secrets that the repositories name, each of them once. */
  readonly secrets: readonly CredentialSecret[];
  /** The HelmRepositories that are read as this user. */
  readonly repositories: readonly ReadableRepository[];
  /** The RoleBindings that allow the user to read. */
  readonly bindings: readonly KubeObject[];
  /**
   * Duration of the certificate, in seconds: the shortest that a HelmRepository states.
   * @default - the cluster's own
   */
  readonly duration?: number;
}

/** The credentials that the routes require: one for each user who is the only one that a route allows. */
export function readCredentials(routes: readonly RouteLink[]): readonly Credential[] {
  const byUser = new Map<string, { repositories: ReadableRepository[]; bindings: Set<KubeObject> }>();
  for (const { users, repositories, bindings } of routes) {
    const [user] = users;
    if (user === undefined || users.length > 1) continue;
    const parts = byUser.get(user) ?? { repositories: [], bindings: new Set() };
    byUser.set(user, parts);
    for (const repository of repositories) if (isReadable(repository)) parts.repositories.push(repository);
    for (const binding of bindings) if (binding.users.includes(user)) parts.bindings.add(binding.object);
  }
  return Array.from(byUser, ([user, { repositories, bindings }]) => ({
    user,
    ...parseUser(user),
    repositories,
    secrets: secretsOf(repositories),
    bindings: [...bindings],
    ...durationOf(repositories),
  }));
}

function durationOf(repositories: readonly ReadableRepository[]): Pick<Credential, 'duration'> {
  const stated = repositories.map(({ object }) => statedDuration(object)).filter((one) => typeof one === 'number');
  return stated.length === 0 ? {} : { duration: Math.min(...stated) };
}

function secretsOf(repositories: readonly ReadableRepository[]): readonly CredentialSecret[] {
  const secrets = new Map<string, SecretReference & { endpoints: Map<string, ApiServer> }>();
  for (const { secret, target } of repositories) {
    if (secret === undefined) continue;
    const key = `${secret.namespace}/${secret.name}`;
    const entry = secrets.get(key) ?? { ...secret, endpoints: new Map() };
    secrets.set(key, entry);
    entry.endpoints.set(target.endpoint.url, target.endpoint);
  }
  return Array.from(secrets.values(), ({ endpoints, ...secret }) => ({
    ...secret,
    endpoints: [...endpoints.values()],
  }));
}

function isReadable(repository: RepositoryLink): repository is ReadableRepository {
  return !(repository.target instanceof EggtoothError);
}
