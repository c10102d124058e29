import { fieldAt } from '../../kubernetes/fields';
import type { Rule } from '../finding';

/** Flux uses the certificate at the endpoint alone, and at no other host that an index names. */
export const passCredentials: Rule = {
  id: 'pass-credentials',
  severity: 'error',
  stops: 'signing',
  *check({ repositories }) {
    for (const { object } of repositories) {
      if (fieldAt(object, 'spec', 'passCredentials') !== true) continue;
      yield {
        object,
        field: 'spec.passCredentials',
        message: 'lets Flux use the certificate at every host that the index names',
        fix: 'remove it, and name the charts by relative URLs in the index',
      };
    }
  },
};
