import type { Rule } from '../finding';

/** No group is bound: it would allow all its members to read, and no certificate of eggtooth has a group. */
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
        message: `binds the group ${groups.join(', ')}: all its members can read, and no single one can be revoked`,
        fix: 'bind only the user of the certificate',
      };
    }
  },
};
