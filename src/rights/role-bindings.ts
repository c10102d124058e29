import { listAt, stringAt } from '../kubernetes/fields';
import { namespaceOf } from '../kubernetes/identity';
import { isBinding, isRole } from '../kubernetes/kinds';
import type { KubeObject } from '../kubernetes/kube-object';

/** Somebody to whom a binding gives the rights of its role. */
export interface Subject {
  /** `User`, `Group` or `ServiceAccount`. */
  readonly kind: string;
  /** Name of the user, group or service account. */
  readonly name: string;
  /**
   * Namespace of a service account.
   * @default - that of the binding
   */
  readonly namespace?: string;
}

/** A RoleBinding or ClusterRoleBinding. */
export interface Binding {
  /** The RoleBinding or ClusterRoleBinding. */
  readonly object: KubeObject;
  /** Kind and name of its role: `Role/NAME` or `ClusterRole/NAME`. */
  readonly roleRef: string;
  /** The roles of the bundle that it refers to: none if the bundle has no such role. */
  readonly roles: readonly KubeObject[];
  /** Its subjects, of every kind. */
  readonly subjects: readonly Subject[];
  /** Names of its subjects of kind User. */
  readonly users: readonly string[];
}

/** Who makes a request, as the API server identifies them. */
export interface Identity {
  /** Name of the user. */
  readonly user: string;
  /** Groups of the user. */
  readonly groups: readonly string[];
}

/**
 * Groups whose rights everybody has: a certificate is in the first one, and whoever leaves it out is in the second one.
 */
export const EVERYBODY: readonly string[] = ['system:authenticated', 'system:unauthenticated'];

/** The bindings of a bundle, with the roles that they refer to. */
export function readBindings(objects: readonly KubeObject[]): readonly Binding[] {
  const roles = new Map<string, KubeObject[]>();
  for (const role of objects.filter(isRole)) {
    const key = keyOf(role.kind, role.metadata.name, namespaceOf(role.metadata));
    const sameName = roles.get(key) ?? [];
    roles.set(key, sameName);
    sameName.push(role);
  }
  return objects.filter(isBinding).map((object) => {
    const [kind, name] = [stringAt(object, 'roleRef', 'kind'), stringAt(object, 'roleRef', 'name')];
    return {
      object,
      roleRef: `${kind}/${name}`,
      roles: roles.get(keyOf(kind, name, namespaceOf(object.metadata))) ?? [],
      subjects: subjectsOf(object),
      users: usersOf(object),
    };
  });
}

/** Whether an identity has the rights that a binding gives. Service accounts are users of their own. */
export function isBound({ subjects, object }: Binding, { user, groups }: Identity): boolean {
  return subjects.some(({ kind, name, namespace = namespaceOf(object.metadata) }) => {
    if (kind === 'User') return name === user;
    if (kind === 'Group') return groups.includes(name);
    return kind === 'ServiceAccount' && `system:serviceaccount:${namespace}:${name}` === user;
  });
}

/** The users that a RoleBinding or ClusterRoleBinding names. */
export function usersOf(binding: KubeObject): readonly string[] {
  return subjectsOf(binding).flatMap(({ kind, name }) => (kind === 'User' ? [name] : []));
}

/** Whether a role or binding has an effect in a namespace; cluster-scoped kinds do in every one. */
export function isInEffect(object: KubeObject, namespace: string): boolean {
  return object.kind.startsWith('Cluster') || namespaceOf(object.metadata) === namespace;
}

function subjectsOf(binding: KubeObject): readonly Subject[] {
  return listAt(binding, 'subjects').map((subject) => {
    const namespace = stringAt(subject, 'namespace');
    const [kind = '', name = ''] = [stringAt(subject, 'kind'), stringAt(subject, 'name')];
    return { kind, name, ...(namespace && { namespace }) };
  });
}

function keyOf(kind: string | undefined, name: string | undefined, namespace: string): string {
  return kind === 'Role' ? `${kind}/${name} in ${namespace}` : `${kind}/${name}`;
}
