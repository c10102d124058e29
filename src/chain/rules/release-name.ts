import { fieldAt, stringAt } from '../../kubernetes/fields';
import { helmReleaseMaxLengths } from '../../kubernetes/flux';
import { printReference, referenceTo } from '../../kubernetes/kube-object';
import type { Rule } from '../finding';
import type { Release } from '../releases';

const maxLength = helmReleaseMaxLengths.releaseName;

/** Helm knows a release by name and namespace: two HelmReleases that share them undo each other's work. */
export const releaseName: Rule = {
  id: 'release-name',
  severity: 'error',
  *check({ releases }) {
    const seen = new Map<string, Release>();
    for (const release of releases) {
      const { object, helmName } = release;
      const given = stringAt(object, 'spec', 'releaseName');
      if (given !== undefined && given.length > maxLength) {
        yield {
          object,
          field: 'spec.releaseName',
          message: `has ${given.length} characters, and Helm takes ${maxLength}`,
          fix: 'choose a shorter one',
        };
      }
      const first = keysOf(release).flatMap((key) => seen.get(key) ?? [])[0];
      for (const key of keysOf(release)) seen.set(key, release);
      if (first === undefined) continue;
      yield {
        object,
        field: given ? 'spec.releaseName' : 'metadata.name',
        message: `is ${helmName} in ${release.targetNamespace} for Helm, and so is ${printReference(referenceTo(first.object))}: each would replace what the other installed`,
        fix: 'give one of them another releaseName',
      };
    }
  },
};

/** What Helm tells releases apart by: the history, and the owner that the installed objects name. */
function keysOf({ object, namespace, helmName, storageNamespace, targetNamespace }: Release): readonly string[] {
  const remote = fieldAt(object, 'spec', 'kubeConfig');
  const cluster = remote === undefined ? 'here' : `${namespace} ${JSON.stringify(remote)}`;
  return [`${cluster} history ${storageNamespace}/${helmName}`, `${cluster} owner ${targetNamespace}/${helmName}`];
}
