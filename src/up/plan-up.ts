import { Chain } from '../chain/chain';
import type { Cluster } from '../cluster/cluster';
import { EggtoothError } from '../errors';
import { type KubeObject, type ObjectReference, printReference, referenceTo } from '../kubernetes/kube-object';
import { assertNoneRevoked } from '../signing/generation/assert-not-revoked';
import { type AppliedObject, applyOne, assertKnown } from './apply-objects';
import { inOrder } from './order';
import { Run, type RunOptions } from './run';

/** What applying an object would do. */
export interface TriedObject extends ObjectReference {
  /** `unchecked`: the API server cannot tell yet. */
  readonly result: AppliedObject['result'] | 'unchecked';
  /** Why it is unchecked. */
  readonly reason?: string;
}

/**
 * Lets the API server decide, by dry run, on all that {@link applyObjects} would write; nothing is stored. Objects whose
 * CustomResourceDefinition or Namespace comes with them cannot be checked before that is there.
 *
 * @returns the objects in the order in which they would be applied
 * @throws EggtoothError with everything that is refused
 */
export async function tryObjects(
  cluster: Cluster,
  objects: readonly KubeObject[],
  options: RunOptions = {},
): Promise<readonly TriedObject[]> {
  const run = new Run(cluster, options);
  const { crds, namespaces, rest } = inOrder(objects);
  await assertNoneRevoked(run.cluster, Chain.fromObjects(objects));
  await assertKnown(run, objects);
  const missing = await missingNamespaces(run, namespaces);
  const tried: TriedObject[] = [];
  const errors: EggtoothError[] = [];
  for (const object of [...crds, ...namespaces, ...rest]) {
    const reference = referenceTo(object);
    try {
      const reason = await obstacle(run, object, missing);
      const verdict =
        reason === undefined
          ? { result: await applyOne(run, object, { dryRun: true }) }
          : { result: 'unchecked' as const, reason };
      run.say(`${printReference(reference)} ${verdict.result}${reason === undefined ? '' : `: ${reason}`}`);
      tried.push({ ...reference, ...verdict });
    } catch (error) {
      if (!(error instanceof EggtoothError) || !REFUSALS.includes(error.code)) throw error;
      errors.push(error);
    }
  }
  assertNone(errors);
  return tried;
}

const REFUSALS = ['ERR_EGGTOOTH_API', 'ERR_EGGTOOTH_FORBIDDEN', 'ERR_EGGTOOTH_NOT_FOUND', 'ERR_EGGTOOTH_BUNDLE'];

async function missingNamespaces({ objects }: Run, namespaces: readonly KubeObject[]): Promise<readonly unknown[]> {
  const current = await Promise.all(namespaces.map((namespace) => objects.get(referenceTo(namespace))));
  return namespaces.flatMap(({ metadata }, index) => (current[index] === undefined ? [metadata.name] : []));
}

/** Why an object cannot be tried. */
async function obstacle(
  { objects }: Run,
  object: KubeObject,
  missing: readonly unknown[],
): Promise<string | undefined> {
  const resource = await objects.discovery.find(object);
  if (resource === undefined) return 'its CRD is not there yet';
  if (resource.namespaced && missing.includes(object.metadata.namespace)) return 'its Namespace is not there yet';
  return undefined;
}

function assertNone([first, ...others]: readonly EggtoothError[]): void {
  if (first === undefined) return;
  if (others.length === 0) throw first;
  const list = [first, ...others].map(({ message }) => `\n  ${message.replaceAll('\n', '\n  ')}`).join('');
  throw new EggtoothError(first.code, `${1 + others.length} objects are refused:${list}`);
}
