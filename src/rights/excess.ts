import { fieldAt } from '../kubernetes/fields';
import type { KubeObject } from '../kubernetes/kube-object';
import type { Binding } from './role-bindings';
import { type ResourceRight, type RoleRule, rulesOf } from './role-rule';

/** What a binding gives beyond what is meant. */
export interface Excess {
  /** The object to change: the binding, or one of its roles. */
  readonly object: KubeObject;
  /** Path of the field that gives too much. */
  readonly field: string;
  /** What it gives, as the end of a sentence that begins with who gets it. */
  readonly gives: string;
  /** What to do about it. */
  readonly fix: string;
}

/**
 * Compares what a binding gives its subjects with what they are meant to have in its namespace. Only what is meant is
 * allowed: a role that the bundle does not show, that other roles add rights to, or that is in effect in every namespace
 * is excess as a whole.
 *
 * @param meant - the rights in the binding's namespace: `get` on objects of the core group
 */
export function excessOf({ object, roleRef, roles }: Binding, meant: readonly ResourceRight[]): readonly Excess[] {
  if (object.kind !== 'RoleBinding') {
    const fix = 'use a RoleBinding in the namespace of the pod or Service';
    return [{ object, field: 'kind', gives: `has the rights of ${roleRef} in every namespace of the cluster`, fix }];
  }
  if (roles.length === 0) {
    const gives = `has the rights of ${roleRef}, which is not in the bundle, so that nobody can tell what it allows`;
    return [{ object, field: 'roleRef', gives, fix: 'remove the binding, or bind a Role of the bundle' }];
  }
  return roles.flatMap((role) => {
    if (fieldAt(role, 'aggregationRule') != null) {
      const gives = 'has the rights of every ClusterRole that the aggregationRule selects';
      return [{ object: role, field: 'aggregationRule', gives, fix: 'list the rules instead' }];
    }
    return rulesOf(role).flatMap((rule) => {
      const excess = ruleExcess(rule, meant);
      return excess === undefined ? [] : [{ ...excess, object: role, field: `${rule.field}${excess.field}` }];
    });
  });
}

type RuleExcess = Omit<Excess, 'object'>;

/** The first field of a rule that gives more than what is meant. */
function ruleExcess(rule: RoleRule, meant: readonly ResourceRight[]): RuleExcess | undefined {
  const { apiGroups, resources, resourceNames, verbs, nonResourceUrls } = rule;
  const REMOVE = 'remove it, or bind it to another user';
  if (nonResourceUrls.length > 0) {
    return { field: '.nonResourceURLs', gives: `may use the URLs ${nonResourceUrls.join(', ')}`, fix: REMOVE };
  }
  if (verbs.length === 0 || apiGroups.length === 0 || resources.length === 0) return undefined;
  const group = apiGroups.find((one) => one !== '');
  if (group !== undefined) {
    const gives = `may use ${resources.join(', ')} of the API group ${group}, which no HelmRepository reads`;
    return { field: '.apiGroups', gives, fix: REMOVE };
  }
  const resource = resources.find((one) => !meant.some((right) => right.resource === one));
  if (resource !== undefined) {
    const gives = resource.includes('*')
      ? `may use ${resource}, which is more than a pod's proxy`
      : `may use ${resource}, which no HelmRepository reads in this namespace`;
    return { field: '.resources', gives, fix: meant.length === 0 ? REMOVE : `allow only [${resourcesOf(meant)}]` };
  }
  const fix = `name the segment that Flux reads: [${meant.map(({ name }) => name).join(', ')}]`;
  if (resourceNames.length === 0) {
    const gives = `may use ${resources.join(', ')} of every pod and Service, because there are no resourceNames`;
    return { field: '.resourceNames', gives, fix };
  }
  const name = resourceNames.find((one) => !resources.every((type) => meant.some((m) => isRight(m, type, one))));
  if (name !== undefined) {
    const gives =
      name === '*'
        ? 'may use a pod or Service of the name *, which is not a wildcard here'
        : `may use ${resources.join(', ')} of ${name}, which no HelmRepository reads in this namespace`;
    return { field: '.resourceNames', gives, fix };
  }
  const beyond = verbs.filter((verb) => verb !== 'get');
  if (beyond.length === 0) return undefined;
  const gives = `may ${beyond.join(', ')} beside get, but Flux only reads, and the proxy forwards writes to the pod`;
  return { field: '.verbs', gives, fix: 'set verbs: [get]' };
}

function isRight(right: ResourceRight, resource: string, name: string): boolean {
  return right.resource === resource && right.name === name;
}

function resourcesOf(meant: readonly ResourceRight[]): string {
  return [...new Set(meant.map(({ resource }) => resource))].join(', ');
}
