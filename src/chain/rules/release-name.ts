import { fieldAt, stringAt } from '../../kubernetes/fields';
import { helmReleaseMaxLengths } from '../../kubernetes/flux';
import { printReference, referenceTo } from '../../kubernetes/kube-object';
import { ChainParts } from '../chain-parts';
import type { Rule } from '../finding';
import type { Release } from '../releases';

const maxLength = helmReleaseMaxLengths.releaseName;

/** Helm identifies a release by name and namespace: HelmReleases that share them overwrite each other. */
export const releaseName: Rule = {
  id: 'release-name',
  severity: 'error',
  *check(chain) {
    const parts = ChainParts.of(chain);
    const seen = new Map<string, Release>();
    for (const release of chain.releases) {
      const { object, helmName } = release;
      const given = stringAt(object, 'spec', 'releaseName');
      if (given !== undefined && given.length > maxLength) {
        yield {
          object,
          field: 'spec.releaseName',
          message: `has ${given.length} characters, and Helm allows ${maxLength}`,
          fix: 'choose a shorter name',
        };
      }
      const first = keysOf(release).flatMap((key) => seen.get(key) ?? [])[0];
      for (const key of keysOf(release)) seen.set(key, release);
      if (first === undefined) continue;
      const severities = [first, release].map((one) => parts.severityOfRelease(one));
      yield {
        object,
        field: given ? 'spec.releaseName' : 'metadata.name',
        message: `is Helm release ${release.targetNamespace}/${helmName}, as is ${printReference(referenceTo(first.object))}: each would overwrite the other`,
        fix: 'set another releaseName for one of them',
        severity: severities.includes('error') ? 'error' : 'warning',
      };
    }
  },
};

/** What identifies a release for Helm: its history, and the owner that the installed objects name. */
function keysOf({ object, namespace, helmName, storageNamespace, targetNamespace }: Release): readonly string[] {
  const remote = fieldAt(object, 'spec', 'kubeConfig');
  const cluster = remote === undefined ? 'here' : `${namespace} ${JSON.stringify(remote)}`;
  return [`${cluster} history ${storageNamespace}/${helmName}`, `${cluster} owner ${targetNamespace}/${helmName}`];
}
