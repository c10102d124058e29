import type { Rule } from '../finding';

/** Only one user may read a route, because the certificate names one. */
export const readerSingle: Rule = {
  id: 'reader-single',
  severity: 'error',
  stops: 'signing',
  *check({ routes }) {
    for (const { route, bindings, users } of routes) {
      const object = bindings.at(-1)?.object;
      if (users.length < 2 || object === undefined) continue;
      yield {
        object,
        field: 'subjects',
        message: `${users.join(' and ')} may read ${route}, but a certificate can name only one user`,
        fix: 'bind only one of them',
      };
    }
  },
};
