import { listAt, stringsAt } from '../../kubernetes/fields';
import { isRole } from '../../kubernetes/kinds';
import type { KubeObject } from '../../kubernetes/kube-object';
import type { Rule } from '../finding';
import { readBindings } from '../grants';
import type { RouteLink } from '../links';

/** The certificate is in every namespace with a HelmRepository, so its user has no right beyond the routes. */
export const readerExcess: Rule = {
  id: 'reader-excess',
  severity: 'error',
  *check({ objects, credentials, routes }) {
    const readers = new Set(credentials.map(({ user }) => user));
    if (readers.size === 0) return;
    const roles = new Map(objects.filter(isRole).map((role) => [keyOf(role), role]));
    for (const [name, bindings] of readBindings(objects)) {
      for (const { object, users } of bindings) {
        if (!users.some((user) => readers.has(user))) continue;
        if (object.kind === 'ClusterRoleBinding') {
          yield {
            object,
            field: 'kind',
            message: `binds ${name} to ${users.join(', ')} in every namespace of the cluster`,
            fix: 'use a RoleBinding in the namespace of the pod or Service',
          };
          continue;
        }
        const role = roles.get(name.startsWith('Cluster') ? name : `${name} in ${object.metadata.namespace}`);
        if (role === undefined) continue;
        for (const [index, rule] of listAt(role, 'rules').entries()) {
          const excess = beyond(rule, routes);
          if (excess === undefined) continue;
          yield {
            object: role,
            field: `rules[${index}]`,
            message: `allows ${users.join(', ')} to use ${excess}, which no HelmRepository reads`,
            fix: 'remove it, or bind it to another user',
          };
        }
      }
    }
  },
};

function keyOf({ kind, metadata }: KubeObject): string {
  return kind === 'ClusterRole' ? `${kind}/${metadata.name}` : `${kind}/${metadata.name} in ${metadata.namespace}`;
}

/** What a rule allows beyond the routes. Wildcards are left to the rule resource-names. */
function beyond(rule: unknown, routes: readonly RouteLink[]): string | undefined {
  const resources = stringsAt(rule, 'resources').filter((resource) => !resource.includes('*'));
  const other = resources.find((resource) => !routes.some(({ route }) => `${route.resource}/proxy` === resource));
  if (other !== undefined) return other;
  const segments = routes.map(({ route }) => route.segment);
  return stringsAt(rule, 'resourceNames').find((name) => name !== '*' && !segments.includes(name));
}
