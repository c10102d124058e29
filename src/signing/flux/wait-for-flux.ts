import { setTimeout as sleep } from 'node:timers/promises';
import type { Credential, ReadableRepository } from '../../chain/credentials';
import type { Cluster } from '../../cluster/cluster';
import { isError } from '../../errors';
import { fieldAt, listAt, stringAt } from '../../kubernetes/fields';
import { referenceTo } from '../../kubernetes/kube-object';
import type { Check } from '../verify/verifier';
import { REQUESTED_AT, repositoryPath, requestReconcile } from './reconcile-request';

const [FIRST_PAUSE, LONGEST_PAUSE] = [25, 500];
/** How long Flux is left alone after it has failed, in milliseconds: by itself it would wait ever longer. */
const RECONCILE_PAUSE = 1000;

/**
 * Waits until Flux has read every repository of a credential since it was nudged last: what it was asked for is handled,
 * and Ready. One that is not in the cluster, or suspended, is none that it reads.
 *
 * @param timeout - how long to wait, in milliseconds
 * @returns one check for each repository
 */
export function fluxReads(
  cluster: Cluster,
  { repositories }: Pick<Credential, 'repositories'>,
  timeout: number,
): Promise<readonly Check[]> {
  return Promise.all(repositories.map((repository) => fluxReadsOne(cluster, repository, Date.now() + timeout)));
}

async function fluxReadsOne(cluster: Cluster, repository: ReadableRepository, end: number): Promise<Check> {
  const { namespace, name } = repository.object.metadata;
  const check = `flux ${namespace}/${name}`;
  for (let [pause, nudged] = [FIRST_PAUSE, Date.now()]; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE)) {
    const object = await read(cluster, repository);
    if (object === undefined) return { check, ok: true, detail: 'is not in the cluster' };
    if (fieldAt(object, 'spec', 'suspend') === true) return { check, ok: true, detail: 'is suspended' };
    const { handled, status, message } = stateOf(object);
    if (handled && status === 'True') return { check, ok: true, detail: message };
    if (Date.now() + pause > end) {
      return { check, ok: false, detail: handled ? message : 'source-controller has not looked at it again' };
    }
    if (handled && status === 'False' && Date.now() - nudged > RECONCILE_PAUSE) {
      nudged = Date.now();
      await requestReconcile(cluster, repository);
    }
    await sleep(pause);
  }
}

function stateOf(object: unknown): { handled: boolean; status?: string; message: string } {
  const requested = stringAt(object, 'metadata', 'annotations', REQUESTED_AT);
  const ready = listAt(object, 'status', 'conditions').find((one) => stringAt(one, 'type') === 'Ready');
  return {
    handled: requested !== undefined && requested === stringAt(object, 'status', 'lastHandledReconcileAt'),
    status: stringAt(ready, 'status'),
    message: (stringAt(ready, 'message') ?? '').replace(/\s+/g, ' '),
  };
}

async function read(cluster: Cluster, { object }: ReadableRepository): Promise<unknown> {
  try {
    const path = repositoryPath(object);
    const call = { purpose: 'see whether Flux has read it', method: 'GET', path, object: referenceTo(object) } as const;
    return await cluster.call(call);
  } catch (error) {
    if (isError(error, 'ERR_EGGTOOTH_NOT_FOUND')) return undefined;
    throw error;
  }
}
