import { helmRepositoryPatterns } from '../../flux';
import type { KubeObject } from '../../kube-object';
import { fieldAt } from '../fields';
import type { Fault, Rule } from '../finding';
import { isHelmRepository } from '../links';
import { readReleases } from '../releases';

const patterns = {
  interval: new RegExp(helmRepositoryPatterns.interval),
  timeout: new RegExp(helmRepositoryPatterns.timeout),
};

/** interval and timeout must match the CRDs' own patterns: the API server would refuse the object. */
export const interval: Rule = {
  id: 'interval',
  severity: 'error',
  *check({ objects }) {
    for (const object of objects.filter(isHelmRepository)) {
      for (const field of ['interval', 'timeout'] as const) {
        if (fieldAt(object, 'spec', field) !== undefined) yield* mismatch(object, field);
      }
    }
    for (const { object } of readReleases(objects)) yield* mismatch(object, 'interval');
  },
};

function* mismatch(object: KubeObject, field: keyof typeof patterns): Iterable<Fault> {
  const value = fieldAt(object, 'spec', field);
  if (typeof value === 'string' && patterns[field].test(value)) return;
  yield {
    object,
    field: `spec.${field}`,
    message: `${JSON.stringify(value) ?? 'nothing'} does not match ${patterns[field].source} of the ${object.kind}'s CRD`,
    cure: `write a duration such as ${field === 'timeout' ? '1m30s (ms, s and m; there are no hours)' : '5m0s (ms, s, m, h)'}`,
  };
}
