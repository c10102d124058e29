import { printReference, referenceTo } from '../../kube-object';
import type { Rule } from '../finding';

/** The same object must not stand in the bundle twice: the last one applied would win, silently. */
export const objectUnique: Rule = {
  id: 'object-unique',
  severity: 'error',
  *check({ objects }) {
    const seen = new Set<string>();
    for (const object of objects) {
      const { name, namespace } = object.metadata;
      if (name === undefined) continue;
      const key = `${groupOf(object.apiVersion)} ${object.kind} ${namespace ?? ''}/${name}`;
      if (seen.has(key)) {
        const reference = printReference(referenceTo(object));
        yield {
          object,
          field: 'metadata.name',
          message: `${reference} is in the bundle twice, and the last one applied wins`,
          cure: 'keep one of them, or give one another name',
        };
      }
      seen.add(key);
    }
  },
};

function groupOf(apiVersion: string): string {
  return apiVersion.slice(0, Math.max(apiVersion.lastIndexOf('/'), 0));
}
