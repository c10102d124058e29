import type { Rule } from '../finding';

/** The certificate names one user, so one route must let one user through. */
export const readerSingle: Rule = {
  id: 'reader-single',
  severity: 'error',
  *check({ routes }) {
    for (const { route, bindings, users } of routes) {
      const object = bindings.at(-1)?.object;
      if (users.length < 2 || object === undefined) continue;
      yield {
        object,
        field: 'subjects',
        message: `${users.join(' and ')} may all read ${route}: it cannot be told whom the certificate should name`,
        fix: 'bind one user',
      };
    }
  },
};
