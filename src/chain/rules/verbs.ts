import type { Rule } from '../finding';

/** The Role allows only `get`: create, update, patch and delete are writes to the backend of a proxy. */
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
        message: `allows ${beyond.join(', ')} beside get, but Flux only reads, and the proxy forwards writes to the pod`,
        fix: 'set verbs: [get]',
      };
    }
  },
};
