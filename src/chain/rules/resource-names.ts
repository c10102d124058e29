import type { Rule } from '../finding';
import type { Grant } from '../grants';

/** The Role names its pods: without resourceNames, or with a wildcard, the certificate allows all of them. */
export const resourceNames: Rule = {
  id: 'resource-names',
  severity: 'error',
  *check({ routes }) {
    for (const grant of new Set(routes.flatMap(({ concerned }) => concerned))) {
      const problem = tooWide(grant);
      if (problem === undefined) continue;
      yield {
        object: grant.role,
        field: `${grant.field}.${problem.field}`,
        message: problem.message,
        fix: `name the segment that Flux reads: [${routes.find(({ concerned }) => concerned.includes(grant))?.route.segment}]`,
      };
    }
  },
};

function tooWide({ resources, resourceNames: names, role }: Grant): { field: string; message: string } | undefined {
  const wildcard = resources.find((resource) => resource.includes('*'));
  if (wildcard !== undefined) return { field: 'resources', message: `${wildcard} allows more than a pod's proxy` };
  const all = `every pod and Service of the ${role.kind === 'Role' ? 'namespace' : 'cluster'}`;
  if (names.length === 0) return { field: 'resourceNames', message: `there are none, which allows ${all}` };
  if (names.includes('*')) {
    return { field: 'resourceNames', message: '* is not a wildcard here: it matches only a pod of that name' };
  }
  return undefined;
}
