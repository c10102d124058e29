import { isClusterScoped } from '../../kubernetes/kinds';
import type { Rule } from '../finding';

/**
 * cdk8s stamps the namespace of a Chart on cluster-scoped objects too. The API server ignores it; some tools reject or
 * prune such an object.
 */
export const clusterScope: Rule = {
  id: 'cluster-scope',
  severity: 'warning',
  *check({ objects }) {
    for (const object of objects) {
      const { namespace } = object.metadata;
      if (!namespace || !isClusterScoped(object)) continue;
      yield {
        object,
        field: 'metadata.namespace',
        message: `a ${object.kind} is cluster-scoped and has no namespace, but this one has ${JSON.stringify(namespace)}`,
        fix: 'put it into a Chart without a namespace, or remove the field with a JSON patch',
      };
    }
  },
};
