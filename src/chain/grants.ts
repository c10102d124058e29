import { listAt, stringAt, stringsAt } from '../kubernetes/fields';
import { isBinding, isRole } from '../kubernetes/kinds';
import type { KubeObject } from '../kubernetes/kube-object';
import type { ProxyRoute } from './proxy-route';

/** One rule of a Role or ClusterRole that speaks of pods/proxy or services/proxy. */
export interface Grant {
  readonly role: KubeObject;
  /** Where the rule stands, for example `rules[0]`. */
  readonly field: string;
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
  readonly verbs: readonly string[];
}

/** A RoleBinding or ClusterRoleBinding. */
export interface Binding {
  readonly object: KubeObject;
  readonly users: readonly string[];
  readonly groups: readonly string[];
}

/** Every rule on a proxy, in the order of the objects. */
export function readGrants(objects: readonly KubeObject[]): readonly Grant[] {
  return objects.filter(isRole).flatMap((role) =>
    listAt(role, 'rules')
      .map((rule, index) => ({
        role,
        field: `rules[${index}]`,
        apiGroups: stringsAt(rule, 'apiGroups'),
        resources: stringsAt(rule, 'resources'),
        resourceNames: stringsAt(rule, 'resourceNames'),
        verbs: stringsAt(rule, 'verbs'),
      }))
      .filter(
        ({ apiGroups, resources }) => namesAny(apiGroups, '') && resources.some((name) => /proxy$|^\*$/.test(name)),
      ),
  );
}

/** Whether the rule, wherever its Role stands, allows `get` through the route: as Kubernetes' own authorizer decides. */
export function allows({ resources, resourceNames, verbs }: Grant, route: ProxyRoute): boolean {
  return (
    speaksOf(resources, route) &&
    namesAny(verbs, 'get') &&
    (resourceNames.length === 0 || resourceNames.includes(route.segment))
  );
}

/** Whether the rule seems to be meant for the route: the same pod or Service, be it in another spelling. */
export function concerns(grant: Grant, route: ProxyRoute): boolean {
  return (
    speaksOf(grant.resources, route) &&
    (grant.resourceNames.length === 0 ||
      grant.resourceNames.some((name) => name === '*' || name.split(':').includes(route.name)))
  );
}

/** Whether a Role or RoleBinding counts in the route's namespace; the kinds for the whole cluster always do. */
export function inNamespaceOf({ metadata, kind }: KubeObject, route: ProxyRoute): boolean {
  return kind.startsWith('Cluster') || metadata.namespace === route.namespace;
}

/** The bindings by the name of the role that they refer to: `Role/NAME` or `ClusterRole/NAME`. */
export function readBindings(objects: readonly KubeObject[]): ReadonlyMap<string, readonly Binding[]> {
  const bindings = new Map<string, Binding[]>();
  for (const object of objects) {
    if (!isBinding(object)) continue;
    const role = `${stringAt(object, 'roleRef', 'kind')}/${stringAt(object, 'roleRef', 'name')}`;
    const list = bindings.get(role) ?? [];
    bindings.set(role, list);
    list.push({ object, users: usersOf(object), groups: subjectsOf(object, 'Group') });
  }
  return bindings;
}

/** The users that a RoleBinding or ClusterRoleBinding names. */
export function usersOf(binding: KubeObject): readonly string[] {
  return subjectsOf(binding, 'User');
}

function subjectsOf(binding: KubeObject, kind: 'User' | 'Group'): readonly string[] {
  return listAt(binding, 'subjects')
    .filter((subject) => stringAt(subject, 'kind') === kind)
    .map((subject) => stringAt(subject, 'name') ?? '');
}

function speaksOf(resources: readonly string[], route: ProxyRoute): boolean {
  return namesAny(resources, `${route.resource}/proxy`) || resources.includes('*/proxy');
}

function namesAny(names: readonly string[], name: string): boolean {
  return names.includes(name) || names.includes('*');
}
