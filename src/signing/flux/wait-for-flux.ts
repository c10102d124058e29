import type { Credential, ReadableRepository } from '../../chain/credentials';
import type { Cluster } from '../../cluster/cluster';
import { ClusterObjects } from '../../cluster/cluster-objects';
import { Deadline, poll } from '../../cluster/poll';
import { conditionOf } from '../../kubernetes/conditions';
import { fieldAt } from '../../kubernetes/fields';
import { type KubeObject, referenceTo } from '../../kubernetes/kube-object';
import { type Check, type CheckOutcome, nameOf } from '../verify/check';
import { reconcileRequestOf, requestReconcile } from './reconcile-request';

const PAUSES = { first: 25, longest: 500 };
/** How long to wait after a failure before Flux is asked again, in milliseconds: its own pauses grow longer and longer. */
const RECONCILE_PAUSE = 1000;

/**
 * Waits until Flux has read every repository of a credential since it was last asked to reconcile it: the request is
 * handled, and the repository is Ready. A repository that does not exist or is suspended is not waited for.
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
    const { hasFailed = false, ...outcome } = outcomeOf(found);
    if (hasFailed && performance.now() - askedAt > RECONCILE_PAUSE) {
      askedAt = performance.now();
      await requestReconcile(cluster, object);
    }
    return outcome;
  };
  return { check: 'flux', repository: nameOf(object), ...(await poll(deadline, look, ({ ok }) => ok, PAUSES)) };
}

function outcomeOf(found: KubeObject | undefined): CheckOutcome & { readonly hasFailed?: boolean } {
  if (found === undefined) return { ok: true, detail: 'does not exist' };
  if (fieldAt(found, 'spec', 'suspend') === true) return { ok: true, detail: 'is suspended' };
  const { isHandled } = reconcileRequestOf(found);
  if (!isHandled) return { ok: false, detail: 'source-controller has not handled the reconcile request' };
  const { status, message = '' } = conditionOf(found, 'Ready') ?? {};
  return { ok: status === 'True', detail: message, hasFailed: status === 'False' };
}
