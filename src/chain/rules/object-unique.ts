import { identityOf, printReference, referenceTo } from '../../kubernetes/kube-object';
import type { Rule } from '../finding';

/** The same object must not stand in the bundle twice: the last one applied would win, silently. */
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
          message: `${reference} is in the bundle twice, and the last one applied wins`,
          fix: 'keep one of them, or give one another name',
        };
      }
      seen.add(key);
    }
  },
};
