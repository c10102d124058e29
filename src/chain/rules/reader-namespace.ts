import { namespaceOf } from '../../kubernetes/identity';
import { isInEffect } from '../../rights/role-bindings';
import type { Rule } from '../finding';
import { allows } from '../grants';

/** Role and RoleBinding are in the namespace of the pod or Service, the only one that they have an effect on. */
export const readerNamespace: Rule = {
  id: 'reader-namespace',
  severity: 'error',
  stops: 'signing',
  *check({ routes }) {
    for (const { route, concerned, grants, bindings, misplacedBindings } of routes) {
      const misplacedRoles = concerned
        .filter((grant) => allows(grant, route) && !isInEffect(grant.role, route.namespace))
        .map(({ role }) => role);
      const misplaced = [
        ...(grants.length === 0 ? misplacedRoles : []),
        ...(bindings.length === 0 ? misplacedBindings.map(({ object }) => object) : []),
      ];
      for (const object of misplaced) {
        yield {
          object,
          field: 'metadata.namespace',
          message: `is in namespace ${namespaceOf(object.metadata)} and has no effect on ${route} in namespace ${route.namespace}`,
          fix: `move it to namespace ${route.namespace}`,
        };
      }
    }
  },
};
