import { fieldAt } from '../../kubernetes/fields';
import {
  durationProblem,
  helmReleasePatterns,
  helmRepositoryPatterns,
  ociRepositoryPatterns,
} from '../../kubernetes/flux';
import { isHelmRelease, isHelmRepository, isOciRepository } from '../../kubernetes/kinds';
import type { KubeObject } from '../../kubernetes/kube-object';
import { ChainParts } from '../chain-parts';
import type { Rule } from '../finding';

/** interval and timeout must match the patterns of the CRDs: the API server would refuse the object. */
export const interval: Rule = {
  id: 'interval',
  severity: 'error',
  *check(chain) {
    for (const object of chain.objects) {
      for (const { field, pattern, required } of durationsOf(object)) {
        const value = fieldAt(object, 'spec', field);
        const problem = value === undefined && !required ? undefined : durationProblem(value, pattern);
        if (problem === undefined) continue;
        const severity = isHelmRelease(object) ? 'error' : ChainParts.of(chain).severityOf(object);
        yield { object, field: `spec.${field}`, message: problem.problem, fix: problem.fix, severity };
      }
    }
  },
};

interface Duration {
  readonly field: string;
  readonly pattern: string;
  readonly required?: boolean;
}

const ofRepositories: readonly Duration[] = [
  { field: 'interval', pattern: helmRepositoryPatterns.interval },
  { field: 'timeout', pattern: helmRepositoryPatterns.timeout },
];

const ofOciRepositories: readonly Duration[] = [
  { field: 'interval', pattern: ociRepositoryPatterns.interval },
  { field: 'timeout', pattern: ociRepositoryPatterns.timeout },
];

const ofReleases: readonly Duration[] = [
  { field: 'interval', pattern: helmReleasePatterns.interval, required: true },
  { field: 'timeout', pattern: helmReleasePatterns.timeout },
];

function durationsOf(object: KubeObject): readonly Duration[] {
  if (isHelmRepository(object)) return ofRepositories;
  if (isOciRepository(object)) return ofOciRepositories;
  return isHelmRelease(object) ? ofReleases : [];
}
