import type { Rule } from '../finding';

/** The Role is bound to a User, which the commonName of a certificate names. */
export const readerBound: Rule = {
  id: 'reader-bound',
  severity: 'error',
  stops: 'signing',
  *check({ routes }) {
    for (const { route, grants, bindings, misplacedBindings, users } of routes) {
      const [grant] = grants;
      if (grant === undefined || users.length > 0 || (bindings.length === 0 && misplacedBindings.length > 0)) continue;
      const object = bindings[0]?.object ?? grant.role;
      yield {
        object,
        field: bindings.length === 0 ? 'metadata.name' : 'subjects',
        message: `no User is bound to the Role that allows ${route}, so no certificate can read it`,
        fix: `bind the Role to a subject of kind User by a RoleBinding in namespace ${route.namespace}`,
      };
    }
  },
};
