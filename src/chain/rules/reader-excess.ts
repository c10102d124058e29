import { namespaceOf } from '../../kubernetes/identity';
import { excessOf } from '../../rights/excess';
import { EVERYBODY, isBound } from '../../rights/role-bindings';
import type { ResourceRight } from '../../rights/role-rule';
import type { Rule } from '../finding';
import { parseUser } from '../generation';
import { rightOf } from '../grants';
import type { RouteLink } from '../links';

/**
 * Whatever is bound to a reader, by its name or by a group that everybody is in, allows exactly the routes that are read
 * as this user in that namespace: its certificate is in every namespace with a HelmRepository. Other generations of the
 * reader are meant to have no rights: they were revoked, or are not issued yet.
 */
export const readerExcess: Rule = {
  id: 'reader-excess',
  severity: 'error',
  stops: 'signing',
  *check({ bindings, routes }) {
    const readers = readRights(routes);
    if (readers.size === 0) return;
    const names = new Set([...readers.keys()].map((user) => parseUser(user).name));
    const ofRoutes = new Set(routes.flatMap((route) => route.bindings));
    for (const binding of bindings) {
      const { object, roleRef, users } = binding;
      const named = users.filter((user) => readers.has(user) || names.has(parseUser(user).name));
      for (const user of named) {
        const meant = readers.get(user)?.get(namespaceOf(object.metadata)) ?? [];
        for (const { gives, ...excess } of excessOf(binding, meant)) {
          yield { ...excess, message: `${user} ${gives}` };
        }
      }
      if (named.length > 0 || ofRoutes.has(binding)) continue;
      const [reader] = [...readers.keys()].filter((user) => isBound(binding, { user, groups: EVERYBODY }));
      if (reader === undefined) continue;
      yield {
        object,
        field: 'subjects',
        message: `gives everybody, and so ${reader}, the rights of ${roleRef}`,
        fix: 'bind only those who need these rights',
      };
    }
  },
};

/** What each reader is meant to have, by namespace. */
function readRights(routes: readonly RouteLink[]): ReadonlyMap<string, ReadonlyMap<string, readonly ResourceRight[]>> {
  const readers = new Map<string, Map<string, ResourceRight[]>>();
  for (const { users, route } of routes) {
    for (const user of users) {
      const namespaces = readers.get(user) ?? new Map<string, ResourceRight[]>();
      readers.set(user, namespaces);
      namespaces.set(route.namespace, [...(namespaces.get(route.namespace) ?? []), rightOf(route)]);
    }
  }
  return readers;
}
