import { Chain } from '../chain/chain';
import { readBindings } from '../chain/grants';
import { isSameSecret, type RepositoryLink, type RouteLink, type SecretReference } from '../chain/links';
import type { ProxyRoute } from '../chain/proxy-route';
import { EggtoothError } from '../errors';
import { stringAt } from '../kubernetes/fields';
import { identityOf, type KubeObject } from '../kubernetes/kube-object';
import { serversOf } from './assets-servers';

/** What the chain of an old bundle leaves behind when the next bundle takes its place. */
export interface Leftovers {
  /** Users that the next bundle does not let read: their rights and their requests go. */
  readonly users: readonly string[];
  /** The routes that they read. */
  readonly routes: readonly ProxyRoute[];
  /** Every user of the old chain: a Secret with a certificate of one of them is the chain's. */
  readonly owners: readonly string[];
  /** What binds those users, then the Roles that it names. */
  readonly rights: readonly KubeObject[];
  /** Secrets that only the old chain reads with. */
  readonly secrets: readonly SecretReference[];
  /** HelmRepositories that read through the API server. */
  readonly repositories: readonly RepositoryLink[];
  /** Services of the assets servers, then what runs their pods. */
  readonly servers: readonly KubeObject[];
  /** All else that the next bundle has not: it stays. */
  readonly others: readonly KubeObject[];
}

/**
 * Compares a bundle that has a chain with the one that takes its place. Nothing that the next bundle holds, or that its
 * own chain needs, is among the leftovers.
 * @throws EggtoothError `ERR_EGGTOOTH_CHAIN` if the old bundle has no chain, or one without a reader
 */
export function leftoversOf(old: readonly KubeObject[], next: readonly KubeObject[]): Leftovers {
  const [before, after] = [Chain.fromObjects(old), Chain.fromObjects(next)];
  if (before.repositories.length === 0) {
    throw new EggtoothError('ERR_EGGTOOTH_CHAIN', 'no HelmRepository of the old bundle reads through the API server', {
      fix: 'name the bundle that the cluster has first, and second the one that takes its place',
    });
  }
  const unbound = before.routes.find(({ users }) => users.length === 0);
  if (unbound !== undefined) {
    throw new EggtoothError('ERR_EGGTOOTH_CHAIN', `the old bundle does not say who may read ${unbound.route}`, {
      fix: 'name the whole bundle, with its Role and RoleBinding: these rights must go too',
    });
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

/** Whatever binds the users, be it more than the chain needs, and the Roles that it names. */
function rightsOf(gone: readonly KubeObject[], users: readonly string[]): readonly KubeObject[] {
  const bindings = [...readBindings(gone).values()]
    .flat()
    .filter((binding) => binding.users.some((user) => users.includes(user)))
    .map(({ object }) => object);
  const names = bindings
    .filter((binding) => stringAt(binding, 'roleRef', 'kind') === 'Role')
    .map((binding) => `${binding.metadata.namespace}/${stringAt(binding, 'roleRef', 'name')}`);
  const roles = gone.filter(({ kind }) => kind === 'Role');
  return [...bindings, ...roles.filter(({ metadata }) => names.includes(`${metadata.namespace}/${metadata.name}`))];
}

function secretsOf({ repositories }: Chain): readonly SecretReference[] {
  const all = repositories.flatMap(({ secret }) => (secret === undefined ? [] : [secret]));
  return all.filter((secret, index) => all.findIndex((other) => isSameSecret(secret, other)) === index);
}
