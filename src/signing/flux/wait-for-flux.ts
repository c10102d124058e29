import type { Credential, ReadableRepository } from '../../chain/credentials';
import type { Cluster } from '../../cluster/cluster';
import { ClusterObjects } from '../../cluster/cluster-objects';
import { Deadline, poll } from '../../cluster/poll';
import { conditionOf } from '../../kubernetes/conditions';
import { deletionProblem } from '../../kubernetes/deletion';
import { fieldAt } from '../../kubernetes/fields';
import { type KubeObject, referenceTo } from '../../kubernetes/kube-object';
import { type Check, type CheckOutcome, nameOf } from '../verify/check';
import { reconcileRequestOf, requestReconcile } from './reconcile-request';
import { repositoryDrift } from './repository-drift';

const PAUSES = { first: 25, longest: 500 };
/** How long to wait after a failure before Flux is asked again, in milliseconds: its own pauses grow longer and longer. */
const RECONCILE_PAUSE = 1000;

/**
 * Waits until Flux has read every repository of a credential since it was last asked to reconcile it: the request is
 * handled, and the repository is Ready. A repository that does not exist or is suspended is not waited for, nor is one
 * that differs from the bundle's in what Flux reads, which is not ok.
 *
 * @param timeout - how long to wait, in milliseconds
 * @returns one check for each repository
 */
export function waitForFlux(
  cluster: Cluster,
  { repositories }: Pick<Credential, 'repositories'>,
  { timeout }: { readonly timeout: number },
): Promise<readonly Check[]> {
  const deadline = new Deadline(timeout);
  return Promise.all(repositories.map((repository) => waitForOne(cluster, repository, deadline)));
}

async function waitForOne(cluster: Cluster, { object }: ReadableRepository, deadline: Deadline): Promise<Check> {
  const objects = new ClusterObjects(cluster);
  let askedAt = performance.now();
  const look = async () => {
    const found = await objects.get(referenceTo(object), { purpose: 'see whether Flux has read it' });
    const { hasFailed = false, ...outcome } = outcomeOf(found, object);
    if (hasFailed && performance.now() - askedAt > RECONCILE_PAUSE) {
      askedAt = performance.now();
      await requestReconcile(cluster, object);
    }
    return outcome;
  };
  const { isFinal: _, ...outcome } = await poll(deadline, look, ({ ok, isFinal }) => ok || isFinal === true, PAUSES);
  return { check: 'flux', repository: nameOf(object), ...outcome };
}

interface Outcome extends CheckOutcome {
  /** Whether Flux has tried to read it in vain. */
  readonly hasFailed?: boolean;
  /** Whether waiting is of no use. */
  readonly isFinal?: boolean;
}

function outcomeOf(found: KubeObject | undefined, wanted: KubeObject): Outcome {
  if (found === undefined) return { ok: true, detail: 'does not exist' };
  const hanging = deletionProblem(found);
  if (hanging !== undefined) return { ok: false, detail: hanging, isFinal: true };
  const drift = repositoryDrift(found, wanted);
  if (drift !== undefined) return { ok: false, detail: drift, isFinal: true };
  if (fieldAt(found, 'spec', 'suspend') === true) return { ok: true, detail: 'is suspended' };
  const { isHandled } = reconcileRequestOf(found);
  if (!isHandled) return { ok: false, detail: 'source-controller has not handled the reconcile request' };
  const { status, message = '' } = conditionOf(found, 'Ready') ?? {};
  return { ok: status === 'True', detail: message, hasFailed: status === 'False' };
}
