import type { Rule } from '../finding';

/** The Role must be bound to a User: the certificate's commonName is nothing else. */
export const readerBound: Rule = {
  id: 'reader-bound',
  severity: 'error',
  *check({ routes }) {
    for (const { route, grants, bindings, misplacedBindings, users } of routes) {
      const [grant] = grants;
      if (grant === undefined || users.length > 0 || (bindings.length === 0 && misplacedBindings.length > 0)) continue;
      const object = bindings[0]?.object ?? grant.role;
      yield {
        object,
        field: bindings.length === 0 ? 'metadata.name' : 'subjects',
        message: `no User is bound to the right to read ${route}, so no certificate can open it`,
        fix: `bind it to a subject of kind User with a RoleBinding in namespace ${route.namespace}`,
      };
    }
  },
};
