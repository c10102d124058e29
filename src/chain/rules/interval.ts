import { helmReleasePatterns, helmRepositoryPatterns } from '../../flux';
import type { KubeObject } from '../../kube-object';
import { fieldAt } from '../fields';
import type { Fault, Rule } from '../finding';
import { isHelmRepository } from '../links';
import { readReleases } from '../releases';

/** interval and timeout must match the CRDs' own patterns: the API server would refuse the object. */
export const interval: Rule = {
  id: 'interval',
  severity: 'error',
  *check({ objects }) {
    for (const object of objects.filter(isHelmRepository)) {
      for (const field of ['interval', 'timeout'] as const) {
        if (fieldAt(object, 'spec', field) !== undefined) yield* mismatch(object, field, repositories[field]);
      }
    }
    for (const { object } of readReleases(objects)) {
      yield* mismatch(object, 'interval', releases.interval);
      if (fieldAt(object, 'spec', 'timeout') !== undefined) yield* mismatch(object, 'timeout', releases.timeout);
    }
  },
};

const repositories = {
  interval: new RegExp(helmRepositoryPatterns.interval),
  timeout: new RegExp(helmRepositoryPatterns.timeout),
};

const releases = {
  interval: new RegExp(helmReleasePatterns.interval),
  timeout: new RegExp(helmReleasePatterns.timeout),
};

function* mismatch(object: KubeObject, field: string, pattern: RegExp): Iterable<Fault> {
  const value = fieldAt(object, 'spec', field);
  if (typeof value === 'string' && pattern.test(value)) return;
  yield {
    object,
    field: `spec.${field}`,
    message: `${JSON.stringify(value) ?? 'nothing'} does not match ${pattern.source} of the ${object.kind}'s CRD`,
    cure: `write a duration such as ${pattern.test('1h') ? '5m0s (ms, s, m, h)' : '1m30s (ms, s and m; there are no hours)'}`,
  };
}
