import type { PolicyRule } from '../kubernetes/k8s';

/** What can be named in a rule. */
interface Named {
  readonly namespace?: string;
  readonly name?: string;
}

/** A rule for the objects of these names; none if there are no names, because such a rule would allow all. */
export function ruleFor(
  group: string,
  resource: string,
  verbs: readonly string[],
  resourceNames: readonly string[],
): readonly PolicyRule[] {
  return resourceNames.length === 0 ? [] : [{ apiGroups: [group], resources: [resource], resourceNames, verbs }];
}

/** The names of objects in a namespace, each once. */
export function namesIn(namespace: string, all: readonly Named[]): readonly string[] {
  const names = all.flatMap((one) => (one.namespace === namespace && one.name !== undefined ? [one.name] : []));
  return [...new Set(names)];
}
