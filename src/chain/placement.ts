import { fieldAt, listAt, stringAt, stringsAt } from '../kubernetes/fields';

/** A requirement for a node's labels, as in the matchExpressions of a nodeSelectorTerm. */
interface Requirement {
  readonly key: string;
  readonly operator: string;
  readonly values: readonly string[];
}

/** The nodes that pods can run on, as alternatives: a node must meet every requirement of one of them. */
export type Placement = readonly (readonly Requirement[])[];

/** The nodes of the control plane. */
export const controlPlane: Placement = [
  [{ key: 'node-role.kubernetes.io/control-plane', operator: 'Exists', values: [] }],
];

/** Every node. */
export const anyNode: Placement = [[]];

/**
 * The nodes that a pod's spec allows: by nodeName, nodeSelector and required nodeAffinity. Taints and pod affinity are not
 * considered.
 */
export function placementOf(spec: unknown): Placement {
  const selected = Object.entries(fieldAt(spec, 'nodeSelector') ?? {}).map(([key, value]) => is(key, String(value)));
  const name = stringAt(spec, 'nodeName');
  const named = name === undefined ? [] : [is('metadata.name', name)];
  const path = ['affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution', 'nodeSelectorTerms'];
  const terms = listAt(spec, ...path).map(requirementsOf);
  return (terms.length === 0 ? anyNode : terms).map((term) => [...named, ...selected, ...term]);
}

/** Whether a node could run pods of both. */
export function mayMeet(one: Placement, other: Placement): boolean {
  return one.some((a) => other.some((b) => !contradictory([...a, ...b])));
}

function contradictory(all: readonly Requirement[]): boolean {
  return all.some((x) => all.some((y) => excludes(x, y)));
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
  if (y.operator === 'Gt' || y.operator === 'Lt') return liesBeyond(x, y);
  if (x.operator !== 'In') return false;
  if (y.operator === 'In') return !x.values.some((value) => y.values.includes(value));
  return y.operator === 'NotIn' && x.values.every((value) => y.values.includes(value));
}

/** Whether no value of `x` is on that side of the number of `y` which its operator Gt or Lt asks for. */
function liesBeyond(x: Requirement, y: Requirement): boolean {
  const sign = y.operator === 'Gt' ? 1 : -1;
  const limit = sign * Number(y.values[0]);
  if (x.operator === 'In') return x.values.every((value) => !(sign * Number(value) > limit));
  // Labels are whole numbers here: nothing is greater than 4 and less than 5.
  return x.operator === (sign > 0 ? 'Lt' : 'Gt') && sign * Number(x.values[0]) <= limit + 1;
}
