import { fieldAt, listAt, stringAt, stringsAt } from '../kubernetes/fields';
import { namespaceOf } from '../kubernetes/identity';
import type { Workload } from './workloads';

/** The label of every Namespace with its own name. */
const NAMESPACE_NAME = 'kubernetes.io/metadata.name';

/**
 * Whether the scheduler never puts pods of two workloads on one node, because one of them requires that. It looks at the
 * podAntiAffinity of the pod to schedule, and at that of the pods that run already, but a pod with a nodeName passes it by.
 */
export function keepApart(one: Workload, other: Workload): boolean {
  if ([one, other].some(({ spec }) => stringAt(spec, 'nodeName') !== undefined)) return false;
  return avoids(one, other) || avoids(other, one);
}

function avoids({ object, spec }: Workload, other: Workload): boolean {
  const path = ['affinity', 'podAntiAffinity', 'requiredDuringSchedulingIgnoredDuringExecution'];
  return listAt(spec, ...path).some((term) => {
    if (stringAt(term, 'topologyKey') !== 'kubernetes.io/hostname') return false;
    // These compare labels that a controller may add.
    if (listAt(term, 'matchLabelKeys').length > 0 || listAt(term, 'mismatchLabelKeys').length > 0) return false;
    return (
      coversNamespace(term, namespaceOf(object.metadata), namespaceOf(other.object.metadata)) &&
      selectsPods(term, other)
    );
  });
}

function selectsPods(term: unknown, { labels }: Workload): boolean {
  const selector = fieldAt(term, 'labelSelector');
  return selector != null && matches(selector, labels);
}

/** The namespaces that a term is about: those that it names or selects, or else that of its own pod. */
function coversNamespace(term: unknown, own: string, namespace: string): boolean {
  const [names, selector] = [stringsAt(term, 'namespaces'), fieldAt(term, 'namespaceSelector')];
  if (names.length === 0 && selector == null) return namespace === own;
  return names.includes(namespace) || (selector != null && matches(selector, { [NAMESPACE_NAME]: namespace }));
}

/** Whether a LabelSelector matches labels, as far as these are known: what it says of other labels is not met. */
function matches(selector: unknown, labels: unknown): boolean {
  const wanted = Object.entries(fieldAt(selector, 'matchLabels') ?? {});
  return (
    wanted.every(([key, value]) => fieldAt(labels, key) === value) &&
    listAt(selector, 'matchExpressions').every((expression) => {
      const value = fieldAt(labels, stringAt(expression, 'key') ?? '');
      const values = listAt(expression, 'values');
      switch (stringAt(expression, 'operator')) {
        case 'In':
          return value !== undefined && values.includes(value);
        case 'NotIn':
          return value === undefined || !values.includes(value);
        case 'Exists':
          return value !== undefined;
        default:
          return stringAt(expression, 'operator') === 'DoesNotExist' && value === undefined;
      }
    })
  );
}
