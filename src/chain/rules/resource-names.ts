import type { Rule } from '../finding';
import type { Grant } from '../grants';

/** Without resourceNames, or with a wildcard, the certificate opens every pod of the namespace. */
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
        fix: `name the one segment that is read, such as [${routes.find(({ concerned }) => concerned.includes(grant))?.route.segment}]`,
      };
    }
  },
};

function tooWide({ resources, resourceNames: names, role }: Grant): { field: string; message: string } | undefined {
  const wildcard = resources.find((resource) => resource.includes('*'));
  if (wildcard !== undefined) return { field: 'resources', message: `${wildcard} opens more than a pod's proxy` };
  const every = `every pod and Service ${role.kind === 'Role' ? 'of the namespace' : 'of the cluster'}`;
  if (names.length === 0) return { field: 'resourceNames', message: `none are given, which opens ${every}` };
  if (names.includes('*')) {
    return { field: 'resourceNames', message: '* is no wildcard here: it matches only a pod of that very name' };
  }
  return undefined;
}
