import type { Rule } from '../finding';

/** A group opens the route to everybody who carries it, and no certificate of ours has one. */
export const readerGroup: Rule = {
  id: 'reader-group',
  severity: 'error',
  *check({ routes }) {
    const seen = new Set<unknown>();
    for (const { object, groups } of routes.flatMap(({ bindings }) => bindings)) {
      if (groups.length === 0 || seen.has(object)) continue;
      seen.add(object);
      yield {
        object,
        field: 'subjects',
        message: `binds the group ${groups.join(', ')}: everybody in it could read, and it cannot be revoked for one`,
        fix: "bind one subject of kind User, the certificate's",
      };
    }
  },
};
