import { listAt, stringsAt } from '../kubernetes/fields';
import type { KubeObject } from '../kubernetes/kube-object';

/** A rule of a Role or ClusterRole. A missing list is empty. */
export interface RoleRule {
  /** Path of the rule, for example `rules[0]`. */
  readonly field: string;
  /** The rule's apiGroups; the core group is empty. */
  readonly apiGroups: readonly string[];
  /** The rule's resources, for example `pods/proxy`. */
  readonly resources: readonly string[];
  /** The rule's resourceNames; none means all. */
  readonly resourceNames: readonly string[];
  /** The rule's verbs. */
  readonly verbs: readonly string[];
  /** The rule's nonResourceURLs. */
  readonly nonResourceUrls: readonly string[];
}

/** One action on one object. */
export interface ResourceRight {
  /** For example `get`. */
  readonly verb: string;
  /** The API group; the core group is empty. */
  readonly group: string;
  /** Resource and subresource, for example `pods/proxy`. */
  readonly resource: string;
  /** Name of the object. */
  readonly name: string;
}

/** The rules of a Role or ClusterRole, in their order. */
export function rulesOf(role: KubeObject): readonly RoleRule[] {
  return listAt(role, 'rules').map((rule, index) => ({
    field: `rules[${index}]`,
    apiGroups: stringsAt(rule, 'apiGroups'),
    resources: stringsAt(rule, 'resources'),
    resourceNames: stringsAt(rule, 'resourceNames'),
    verbs: stringsAt(rule, 'verbs'),
    nonResourceUrls: stringsAt(rule, 'nonResourceURLs'),
  }));
}

/** Whether a rule allows an action, as Kubernetes decides it (pkg/apis/rbac/v1/evaluation_helpers.go). */
export function ruleAllows(rule: RoleRule, right: ResourceRight): boolean {
  return (
    names(rule.verbs, right.verb) &&
    names(rule.apiGroups, right.group) &&
    coversResource(rule, right.resource) &&
    (rule.resourceNames.length === 0 || rule.resourceNames.includes(right.name))
  );
}

/** Whether a rule is about a resource, by its name or by a wildcard: `*`, or `*` with the same subresource. */
export function coversResource({ resources }: RoleRule, resource: string): boolean {
  const [, subresource] = resource.split('/');
  return names(resources, resource) || (subresource !== undefined && resources.includes(`*/${subresource}`));
}

function names(list: readonly string[], name: string): boolean {
  return list.includes(name) || list.includes('*');
}
