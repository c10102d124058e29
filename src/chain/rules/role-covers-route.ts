import type { Rule } from '../finding';
import { allows } from '../grants';

/** A Role names exactly the segment of the URL: Kubernetes compares them as strings. */
export const roleCoversRoute: Rule = {
  id: 'role-covers-route',
  severity: 'error',
  stops: 'signing',
  *check({ routes }) {
    for (const { route, concerned, repositories } of routes) {
      if (concerned.some((grant) => allows(grant, route))) continue;
      const wanted = `get on ${route.resource}/proxy with resourceNames [${route.segment}] in namespace ${route.namespace}`;
      const [near] = concerned;
      if (near !== undefined) {
        yield {
          object: near.role,
          field: near.field,
          message: near.verbs.some((verb) => verb === 'get' || verb === '*')
            ? `allows ${near.verbs.join(', ')} on [${near.resourceNames.join(', ')}], which is not the segment ${route.segment} of the URL; the API server compares them as strings`
            : `allows [${near.verbs.join(', ')}], but not get, which Flux needs`,
          fix: `allow ${wanted}`,
        };
        continue;
      }
      for (const { object } of repositories) {
        yield {
          object,
          field: 'spec.url',
          message: `no Role in the bundle is meant for ${route}`,
          fix: `add a Role that allows ${wanted}`,
        };
      }
    }
  },
};
