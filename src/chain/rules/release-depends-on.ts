import { listAt } from '../../kubernetes/fields';
import { helmReleaseGvk } from '../../kubernetes/flux';
import { EXISTING_ANNOTATION, existingEntry, isStatedToExist } from '../existing-objects';
import type { Rule } from '../finding';
import { referenceAt } from '../releases';

/** A HelmRelease waits indefinitely for those that it depends on. */
export const releaseDependsOn: Rule = {
  id: 'release-depends-on',
  severity: 'warning',
  *check({ releases }) {
    const brought = new Set(releases.map(({ object, namespace }) => `${namespace}/${object.metadata.name}`));
    for (const { object, namespace } of releases) {
      for (const [index, dependency] of listAt(object, 'spec', 'dependsOn').entries()) {
        const wanted = referenceAt(dependency, namespace);
        if (brought.has(`${wanted.namespace}/${wanted.name}`)) continue;
        const existing = { ...wanted, kind: helmReleaseGvk.kind };
        if (isStatedToExist(object, existing)) continue;
        yield {
          object,
          field: `spec.dependsOn[${index}]`,
          message: `waits for HelmRelease ${wanted.namespace}/${wanted.name}, which is not in the bundle`,
          fix: `add it to the bundle. If the cluster has it already, set the annotation ${EXISTING_ANNOTATION}: ${existingEntry(existing)}`,
        };
      }
    }
  },
};
