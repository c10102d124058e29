import { identityOf } from '../../kubernetes/identity';
import { printReference, referenceTo } from '../../kubernetes/kube-object';
import type { Rule } from '../finding';

/** No object is in the bundle twice: the one that is applied last would silently replace the other. */
export const objectUnique: Rule = {
  id: 'object-unique',
  severity: 'error',
  *check({ objects }) {
    const seen = new Set<string>();
    for (const object of objects) {
      if (object.metadata.name === undefined) continue;
      const key = identityOf(object);
      if (seen.has(key)) {
        const reference = printReference(referenceTo(object));
        yield {
          object,
          field: 'metadata.name',
          message: `${reference} is in the bundle twice, and the one that is applied last replaces the other`,
          fix: 'remove or rename one of them',
        };
      }
      seen.add(key);
    }
  },
};
