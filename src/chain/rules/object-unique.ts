import { identityOf } from '../../kubernetes/identity';
import { type KubeObject, printReference, referenceTo } from '../../kubernetes/kube-object';
import { ChainParts } from '../chain-parts';
import type { Rule } from '../finding';

/** No object is in the bundle in two forms: the one that is applied last would silently replace the other. */
export const objectUnique: Rule = {
  id: 'object-unique',
  severity: 'error',
  stops: 'signing',
  *check(chain) {
    const seen = new Map<string, KubeObject>();
    for (const object of chain.objects) {
      if (object.metadata.name === undefined) continue;
      const key = identityOf(object);
      const first = seen.get(key);
      seen.set(key, first ?? object);
      if (first === undefined) continue;
      const reference = printReference(referenceTo(object));
      const isLink = [first, object].some((one) => ChainParts.of(chain).severityOf(one) === 'error');
      yield {
        object,
        field: 'metadata.name',
        message: `${reference} is in the bundle twice, and the one that is applied last replaces the other`,
        fix: 'remove or rename one of them',
        severity: isLink ? 'error' : 'warning',
      };
    }
  },
};
