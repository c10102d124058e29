import { isRole } from '../kubernetes/kinds';
import type { KubeObject } from '../kubernetes/kube-object';
import { coversResource, type ResourceRight, type RoleRule, ruleAllows, rulesOf } from '../rights/role-rule';
import type { ProxyRoute } from './proxy-route';

/** A rule of a Role or ClusterRole that is about pods/proxy or services/proxy. */
export interface Grant extends RoleRule {
  /** The Role or ClusterRole. */
  readonly role: KubeObject;
}

/** Every rule that is about a proxy, in the order of the objects. */
export function readGrants(objects: readonly KubeObject[]): readonly Grant[] {
  return objects
    .filter(isRole)
    .flatMap((role) => rulesOf(role).map((rule) => ({ ...rule, role })))
    .filter(({ apiGroups, resources }) => {
      const isCore = apiGroups.includes('') || apiGroups.includes('*');
      return isCore && resources.some((resource) => /proxy$|^\*$/.test(resource));
    });
}

/** The one right that reading through a route needs, in the namespace of the route. */
export function rightOf({ resource, segment }: ProxyRoute): ResourceRight {
  return { verb: 'get', group: '', resource: `${resource}/proxy`, name: segment };
}

/** Whether the rule allows `get` on the route, in whatever namespace its Role is. */
export function allows(grant: Grant, route: ProxyRoute): boolean {
  return ruleAllows(grant, rightOf(route));
}

/**
 * Whether the rule is meant for the route: it names the same pod or Service, perhaps in another form, or it names no
 * object but the very resource. A rule for everything is an administrator's, and says nothing about a route.
 */
export function isMeantFor(grant: Grant, route: ProxyRoute): boolean {
  const { resourceNames, resources } = grant;
  if (resourceNames.length === 0) return resources.some((name) => name.endsWith('/proxy')) && covers(grant, route);
  return covers(grant, route) && resourceNames.some((name) => name.split(':').includes(route.name));
}

function covers(grant: Grant, route: ProxyRoute): boolean {
  return coversResource(grant, rightOf(route).resource);
}
