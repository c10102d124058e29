import { fieldAt } from '../../kubernetes/fields';
import { helmReleasePatterns, helmRepositoryPatterns } from '../../kubernetes/flux';
import { isHelmRelease, isHelmRepository } from '../../kubernetes/kinds';
import type { KubeObject } from '../../kubernetes/kube-object';
import type { Rule } from '../finding';

/** interval and timeout must match the CRDs' own patterns: the API server would refuse the object. */
export const interval: Rule = {
  id: 'interval',
  severity: 'error',
  *check({ objects }) {
    for (const object of objects) {
      for (const { field, pattern } of durationsOf(object).filter((duration) => !fits(object, duration))) {
        const value = JSON.stringify(fieldAt(object, 'spec', field)) ?? 'nothing';
        const hours = pattern.test('1h');
        yield {
          object,
          field: `spec.${field}`,
          message: `${value} does not match ${pattern.source} of the ${object.kind}'s CRD`,
          fix: `write a duration such as ${hours ? '5m0s (ms, s, m, h)' : '1m30s (ms, s and m; there are no hours)'}`,
        };
      }
    }
  },
};

interface Duration {
  readonly field: string;
  readonly pattern: RegExp;
  readonly required?: boolean;
}

const ofRepositories: readonly Duration[] = [
  { field: 'interval', pattern: new RegExp(helmRepositoryPatterns.interval) },
  { field: 'timeout', pattern: new RegExp(helmRepositoryPatterns.timeout) },
];

const ofReleases: readonly Duration[] = [
  { field: 'interval', pattern: new RegExp(helmReleasePatterns.interval), required: true },
  { field: 'timeout', pattern: new RegExp(helmReleasePatterns.timeout) },
];

function durationsOf(object: KubeObject): readonly Duration[] {
  if (isHelmRepository(object)) return ofRepositories;
  return isHelmRelease(object) ? ofReleases : [];
}

function fits(object: KubeObject, { field, pattern, required }: Duration): boolean {
  const value = fieldAt(object, 'spec', field);
  return typeof value === 'string' ? pattern.test(value) : value === undefined && !required;
}
