import type { Rule } from '../finding';
import { allows, inNamespaceOf } from '../grants';

/** Role and RoleBinding count only in the namespace of the pod or Service. */
export const readerNamespace: Rule = {
  id: 'reader-namespace',
  severity: 'error',
  *check({ routes }) {
    for (const { route, concerned, grants, bindings, misplacedBindings } of routes) {
      const misplacedRoles = concerned
        .filter((grant) => allows(grant, route) && !inNamespaceOf(grant.role, route))
        .map(({ role }) => role);
      const misplaced = [
        ...(grants.length === 0 ? misplacedRoles : []),
        ...(bindings.length === 0 ? misplacedBindings.map(({ object }) => object) : []),
      ];
      for (const object of misplaced) {
        yield {
          object,
          field: 'metadata.namespace',
          message: `stands in namespace ${object.metadata.namespace ?? '(none)'}, and ${route} is in ${route.namespace}: it allows nothing there`,
          fix: `move it to namespace ${route.namespace}`,
        };
      }
    }
  },
};
