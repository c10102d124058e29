import { EggtoothError } from '../errors';
import type { KubeObject } from '../kubernetes/kube-object';
import type { ApiServer } from './api-server';
import { parseUser, type ReaderUser } from './generation';
import type { RepositoryLink, RouteLink, SecretReference } from './links';
import type { ProxyUrl } from './proxy-url';

/** A repository whose URL could be taken apart. */
export type ReadableRepository = RepositoryLink & { readonly target: ProxyUrl };

/** A Secret to be written, and the endpoints that its CA bundle must serve. */
export interface CredentialSecret extends SecretReference {
  readonly endpoints: readonly ApiServer[];
}

/** One identity: the user of the certificate, where the Secret goes and what is read with it. */
export interface Credential extends ReaderUser {
  /** Name and generation in one: the certificate's commonName. */
  readonly user: string;
  /** One for each namespace and name, in the order of the repositories. */
  readonly secrets: readonly CredentialSecret[];
  readonly repositories: readonly ReadableRepository[];
  /** The RoleBindings that let the user read. */
  readonly bindings: readonly KubeObject[];
}

/** The credentials that the routes ask for: routes that let exactly one user through, by that user. */
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
  }));
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
