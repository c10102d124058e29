import { EggtoothError, type Problem } from '../errors';
import { fieldAt } from '../kubernetes/fields';
import { type KubeObject, referenceTo } from '../kubernetes/kube-object';
import { assertNone } from './rejections';

/**
 * Rejects manifests that cannot be applied, whatever is in the cluster.
 * @throws EggtoothError `ERR_EGGTOOTH_BUNDLE` with all of them
 */
export function assertAppliable(objects: readonly KubeObject[]): void {
  assertNone(
    objects.flatMap((object) => {
      const found = problemOf(object);
      if (found === undefined) return [];
      const { problem, fix } = found;
      return [new EggtoothError('ERR_EGGTOOTH_BUNDLE', problem, { fix, object: referenceTo(object) })];
    }),
  );
}

function problemOf({ metadata }: KubeObject): Problem | undefined {
  const { name, generateName } = metadata;
  if (!name && generateName) {
    return {
      problem: 'has a generateName instead of a name, so each apply would create another object',
      fix: 'set metadata.name instead of metadata.generateName',
    };
  }
  if (!name) return { problem: 'has no name, so it cannot be applied', fix: 'set metadata.name' };
  // Null and an empty list say nothing, as in manifests that a program has printed.
  if ((fieldAt(metadata, 'managedFields') ?? undefined) !== undefined) {
    return {
      problem: 'has metadata.managedFields, so it is a copy of an object in a cluster, and cannot be applied',
      fix: 'remove metadata.managedFields, uid, resourceVersion and creationTimestamp, and status',
    };
  }
  return undefined;
}
