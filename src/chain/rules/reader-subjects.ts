import type { Subject } from '../../rights/role-bindings';
import type { Rule } from '../finding';

/** Only the user is bound: no group, whose members cannot be revoked one by one, and no service account. */
export const readerSubjects: Rule = {
  id: 'reader-subjects',
  severity: 'error',
  stops: 'signing',
  *check({ routes }) {
    const seen = new Set<unknown>();
    for (const { object, subjects } of routes.flatMap(({ users, bindings }) => (users.length > 0 ? bindings : []))) {
      const others = subjects.filter(({ kind }) => kind !== 'User');
      if (others.length === 0 || seen.has(object)) continue;
      seen.add(object);
      yield {
        object,
        field: 'subjects',
        message: `binds ${others.map(print).join(', ')} too: whoever that is reads without the certificate`,
        fix: 'bind only the user of the certificate',
      };
    }
  },
};

function print({ kind, name }: Subject): string {
  return `the ${kind} ${name}`;
}
