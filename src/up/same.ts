import { isDeepStrictEqual } from 'node:util';
import { FIELD_MANAGER } from '../cluster/cluster-objects';
import { listAt, stringAt } from '../kubernetes/fields';
import type { KubeObject } from '../kubernetes/kube-object';

/**
 * Whether an object says the same as before, and gives eggtooth the same fields. What controllers write meanwhile does
 * not count: status, and the fields that others have.
 */
export function isSame(before: KubeObject, after: KubeObject): boolean {
  return isDeepStrictEqual(essence(before), essence(after));
}

function essence(object: KubeObject): unknown {
  const { status: _, metadata, ...rest } = object;
  const ours = listAt(metadata, 'managedFields').filter(
    (entry) => stringAt(entry, 'manager') === FIELD_MANAGER && stringAt(entry, 'operation') === 'Apply',
  );
  return {
    ...rest,
    metadata: {
      ...metadata,
      resourceVersion: undefined,
      managedFields: ours.map((entry) => ({ ...(entry as object), time: undefined })),
    },
  };
}
