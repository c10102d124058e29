import { helmRepositoryPatterns } from '../../flux';
import { fieldAt } from '../fields';
import type { Rule } from '../finding';

const patterns = {
  interval: new RegExp(helmRepositoryPatterns.interval),
  timeout: new RegExp(helmRepositoryPatterns.timeout),
};

/** interval and timeout must match the CRD's own patterns: the API server would refuse the object. */
export const interval: Rule = {
  id: 'interval',
  severity: 'error',
  *check({ repositories }) {
    for (const { object } of repositories) {
      for (const field of ['interval', 'timeout'] as const) {
        const value = fieldAt(object, 'spec', field);
        if (value === undefined || (typeof value === 'string' && patterns[field].test(value))) continue;
        yield {
          object,
          field: `spec.${field}`,
          message: `${JSON.stringify(value)} does not match ${patterns[field].source} of the HelmRepository's CRD`,
          cure: `write a duration such as ${field === 'timeout' ? '1m30s (ms, s and m; there are no hours)' : '5m0s (ms, s, m, h)'}`,
        };
      }
    }
  },
};
