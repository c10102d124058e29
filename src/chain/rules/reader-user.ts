import type { Rule } from '../finding';
import { USER_FIX, userProblem } from '../user';

/** A certificate can name the bound user: no reserved name, and no character that changes its subject. */
export const readerUser: Rule = {
  id: 'reader-user',
  severity: 'error',
  stops: 'signing',
  *check({ routes }) {
    const seen = new Set<unknown>();
    for (const { object, users } of routes.flatMap(({ bindings }) => bindings)) {
      if (seen.has(object)) continue;
      seen.add(object);
      for (const user of users) {
        const problem = userProblem(user);
        if (problem === undefined) continue;
        yield { object, field: 'subjects', message: `the user ${JSON.stringify(user)} ${problem}`, fix: USER_FIX };
      }
    }
  },
};
