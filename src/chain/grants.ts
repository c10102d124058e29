import { listAt, stringAt, stringsAt } from '../kubernetes/fields';
import { namespaceOf } from '../kubernetes/identity';
import { isBinding, isRole } from '../kubernetes/kinds';
import type { KubeObject } from '../kubernetes/kube-object';
import type { ProxyRoute } from './proxy-route';

/** A rule of a Role or ClusterRole that covers pods/proxy or services/proxy. */
export interface Grant {
  /** The Role or ClusterRole. */
  readonly role: KubeObject;
  /** Path of the rule, for example `rules[0]`. */
  readonly field: string;
  /** The rule's resources. */
  readonly resources: readonly string[];
  /** The rule's resourceNames; none means all. */
  readonly resourceNames: readonly string[];
  /** The rule's verbs. */
  readonly verbs: readonly string[];
}

/** A RoleBinding or ClusterRoleBinding. */
export interface Binding {
  /** The RoleBinding or ClusterRoleBinding. */
  readonly object: KubeObject;
  /** Names of its subjects of kind User. */
  readonly users: readonly string[];
  /** Names of its subjects of kind Group. */
  readonly groups: readonly string[];
}

/** Every rule that covers a proxy, in the order of the objects. */
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

/** Whether the rule allows `get` on the route, in whatever namespace its Role is. Kubernetes' authorizer decides alike. */
export function allows({ resources, resourceNames, verbs }: Grant, route: ProxyRoute): boolean {
  return (
    speaksOf(resources, route) &&
    namesAny(verbs, 'get') &&
    (resourceNames.length === 0 || resourceNames.includes(route.segment))
  );
}

/** Whether the rule is probably meant for the route: it names the same pod or Service, perhaps in another form. */
export function concerns(grant: Grant, route: ProxyRoute): boolean {
  return (
    speaksOf(grant.resources, route) &&
    (grant.resourceNames.length === 0 ||
      grant.resourceNames.some((name) => name === '*' || name.split(':').includes(route.name)))
  );
}

/** Whether a Role or RoleBinding is in effect in the route's namespace; cluster-scoped kinds always are. */
export function inNamespaceOf({ metadata, kind }: KubeObject, route: ProxyRoute): boolean {
  return kind.startsWith('Cluster') || namespaceOf(metadata) === route.namespace;
}

/** The bindings by the role that they refer to: `Role/NAME` or `ClusterRole/NAME`. */
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
