import { EggtoothError } from '../errors';
import type { ObjectReference } from '../kubernetes/kube-object';
import { nameProblem } from '../kubernetes/object-names';

/**
 * Rejects the name or the namespace of an object if the API server would.
 * @throws EggtoothError `ERR_EGGTOOTH_OPTION`
 */
export function assertName(object: ObjectReference): void {
  const { apiVersion, kind, name, namespace } = object;
  const { problem, fix } = nameProblem({ apiVersion, kind, metadata: { name, namespace } }) ?? {};
  if (problem !== undefined) throw new EggtoothError('ERR_EGGTOOTH_OPTION', problem, { fix, object });
}
