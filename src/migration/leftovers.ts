import { Chain } from '../chain/chain';
import { isSameSecret, type RepositoryLink, type RouteLink, type SecretReference } from '../chain/links';
import type { ProxyRoute } from '../chain/proxy-route';
import { assertSound } from '../chain/rules/check';
import { EggtoothError } from '../errors';
import { identityOf } from '../kubernetes/identity';
import type { KubeObject } from '../kubernetes/kube-object';
import { readBindings } from '../rights/role-bindings';
import { serversOf } from './assets-servers';
import { repositoriesWithoutChain } from './source-readiness';

/** What the chain of an old bundle leaves behind when a new bundle replaces it. */
export interface Leftovers {
  /** Users that the new chain does not have. Their rights and requests are removed. */
  readonly users: readonly string[];
  /** The routes that these users may read. */
  readonly routes: readonly ProxyRoute[];
  /** All users of the old chain. A Secret with a certificate of one of them belongs to the chain. */
  readonly owners: readonly string[];
  /** The bindings of the removed users, then the Roles that they refer to. */
  readonly rights: readonly KubeObject[];
  /** Secrets that only the old chain uses. */
  readonly secrets: readonly SecretReference[];
  /** HelmRepositories that read through the API server. */
  readonly repositories: readonly RepositoryLink[];
  /** Services of the assets servers, then the workloads of their pods. */
  readonly servers: readonly KubeObject[];
  /** All other objects that the new bundle does not contain. They are kept. */
  readonly others: readonly KubeObject[];
}

/**
 * Compares a bundle that has a chain with a bundle that takes its charts from OCI or upstream.
 * @throws EggtoothError `ERR_EGGTOOTH_CHAIN` if the old bundle has no chain, or the new one breaks a rule;
 * `ERR_EGGTOOTH_BUNDLE` if the new bundle has no OCIRepository and no upstream HelmRepository
 */
export function compareBundles(old: readonly KubeObject[], next: readonly KubeObject[]): Leftovers {
  const leftovers = leftoversOf(old, next);
  if (repositoriesWithoutChain(next).length === 0) {
    throw new EggtoothError(
      'ERR_EGGTOOTH_BUNDLE',
      'the new bundle has no OCIRepository and no upstream HelmRepository',
      {
        fix: 'name the bundle that is in the cluster first, then the bundle that takes its charts from OCI or upstream',
      },
    );
  }
  assertSound(Chain.fromObjects(next));
  return leftovers;
}

/**
 * Finds what the old chain leaves behind. Nothing that the new bundle contains, or that its chain needs, is among it.
 * @throws EggtoothError `ERR_EGGTOOTH_CHAIN` if the old bundle has no chain, or one without a reader
 */
export function leftoversOf(old: readonly KubeObject[], next: readonly KubeObject[]): Leftovers {
  const [before, after] = [Chain.fromObjects(old), Chain.fromObjects(next)];
  if (before.repositories.length === 0) {
    throw new EggtoothError('ERR_EGGTOOTH_CHAIN', 'no HelmRepository of the old bundle reads through the API server', {
      fix: 'name the bundle that is in the cluster first, then the bundle that replaces it',
    });
  }
  const unbound = before.routes.find(({ users }) => users.length === 0);
  if (unbound !== undefined) {
    throw new EggtoothError(
      'ERR_EGGTOOTH_CHAIN',
      `the old bundle does not bind a user that may read ${unbound.route}`,
      {
        fix: 'name the whole bundle, with its Role and RoleBinding, so that these rights are removed too',
      },
    );
  }
  const kept = new Set(next.map(identityOf));
  const gone = old.filter((object) => !kept.has(identityOf(object)));
  const stay = new Set(usersOf(after.routes));
  const users = usersOf(before.routes).filter((user) => !stay.has(user));
  const routes = before.routes.filter((link) => link.users.every((user) => !stay.has(user)));
  const rights = rightsOf(gone, users);
  const repositories = before.repositories.filter(({ object }) => gone.includes(object));
  const servers = serversOf(
    gone,
    before.routes.map(({ route }) => route),
  );
  const found = new Set([...rights, ...repositories.map(({ object }) => object), ...servers]);
  return {
    users,
    routes: routes.map(({ route }) => route),
    owners: usersOf(before.routes),
    rights,
    secrets: secretsOf(before).filter((secret) => !secretsOf(after).some((other) => isSameSecret(secret, other))),
    repositories,
    servers,
    others: gone.filter((object) => !found.has(object)),
  };
}

function usersOf(routes: readonly RouteLink[]): readonly string[] {
  return [...new Set(routes.flatMap(({ users }) => users))];
}

/** All bindings of the users, including those that the chain does not need, and the Roles that they refer to. */
function rightsOf(gone: readonly KubeObject[], users: readonly string[]): readonly KubeObject[] {
  const bindings = readBindings(gone).filter((binding) => binding.users.some((user) => users.includes(user)));
  const roles = bindings.flatMap((binding) => binding.roles.filter(({ kind }) => kind === 'Role'));
  return [...bindings.map(({ object }) => object), ...new Set(roles)];
}

function secretsOf({ repositories }: Chain): readonly SecretReference[] {
  const all = repositories.flatMap(({ secret }) => (secret === undefined ? [] : [secret]));
  return all.filter((secret, index) => all.findIndex((other) => isSameSecret(secret, other)) === index);
}
