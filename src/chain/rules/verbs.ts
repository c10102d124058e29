import type { Rule } from '../finding';

/** `get` is all that reading takes: create, update, patch and delete through a proxy are writes to the backend. */
export const verbs: Rule = {
  id: 'verbs',
  severity: 'error',
  *check({ routes }) {
    for (const grant of new Set(routes.flatMap(({ concerned }) => concerned))) {
      const beyond = grant.verbs.filter((verb) => verb !== 'get');
      if (beyond.length === 0) continue;
      yield {
        object: grant.role,
        field: `${grant.field}.verbs`,
        message: `allows ${beyond.join(', ')} beyond get: Flux only reads, and the proxy would pass writes on to the pod`,
        fix: 'leave verbs: [get]',
      };
    }
  },
};
