import { fieldAt, listAt, stringAt, stringsAt } from '../kubernetes/fields';

/** One thing that a node's labels must fulfil, as in a nodeSelectorTerm's matchExpressions. */
interface Requirement {
  readonly key: string;
  readonly operator: string;
  readonly values: readonly string[];
}

/** Where pods may go, as alternatives: a node must fulfil every requirement of one of them. */
export type Placement = readonly (readonly Requirement[])[];

/** The nodes of the control plane. */
export const controlPlane: Placement = [
  [{ key: 'node-role.kubernetes.io/control-plane', operator: 'Exists', values: [] }],
];

/** Every node. */
export const anyNode: Placement = [[]];

/**
 * What a pod's spec demands of its node: nodeName, nodeSelector, required nodeAffinity. Taints are the node's business,
 * and what a pod thinks of other pods is none of the node.
 */
export function placementOf(spec: unknown): Placement {
  const selected = Object.entries(fieldAt(spec, 'nodeSelector') ?? {}).map(([key, value]) => is(key, String(value)));
  const name = stringAt(spec, 'nodeName');
  const named = name === undefined ? [] : [is('metadata.name', name)];
  const path = ['affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution', 'nodeSelectorTerms'];
  const terms = listAt(spec, ...path).map(requirementsOf);
  return (terms.length === 0 ? anyNode : terms).map((term) => [...named, ...selected, ...term]);
}

/** Whether one node could have pods of both. */
export function mayMeet(one: Placement, other: Placement): boolean {
  return one.some((a) => other.some((b) => !a.some((x) => b.some((y) => excludes(x, y) || excludes(y, x)))));
}

function is(key: string, value: string): Requirement {
  return { key, operator: 'In', values: [value] };
}

function requirementsOf(term: unknown): readonly Requirement[] {
  return [...listAt(term, 'matchExpressions'), ...listAt(term, 'matchFields')].map((expression) => ({
    key: stringAt(expression, 'key') ?? '',
    operator: stringAt(expression, 'operator') ?? '',
    values: stringsAt(expression, 'values'),
  }));
}

function excludes(x: Requirement, y: Requirement): boolean {
  if (x.key !== y.key) return false;
  if (y.operator === 'DoesNotExist') return ['In', 'Exists', 'Gt', 'Lt'].includes(x.operator);
  if (x.operator !== 'In') return false;
  if (y.operator === 'In') return !x.values.some((value) => y.values.includes(value));
  return y.operator === 'NotIn' && x.values.every((value) => y.values.includes(value));
}
