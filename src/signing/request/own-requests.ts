import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Credential } from '../../chain/credentials';
import type { Cluster } from '../../cluster/cluster';
import { isError } from '../../errors';
import { listAt, stringAt } from '../../kubernetes/fields';
import { MANAGED_BY } from '../../kubernetes/labels';
import { REQUESTS_PATH, requestReference } from './submit-request';

const READER = 'eggtooth.dev/reader';

/** How long another run has to finish with its request, in milliseconds; it takes some 50. */
const [GRACE, PAUSE] = [1000, 100];

/** Labels of the requests that `issue`, `renew` and `revoke` make for a reader, whatever its generation. */
export function requestLabels({ name }: Pick<Credential, 'name'>): Readonly<Record<string, string>> {
  return { ...MANAGED_BY, [READER]: createHash('sha256').update(name).digest('hex').slice(0, 16) };
}

/**
 * Deletes the requests that earlier runs made for a reader, each by its uid. One that is not answered yet may belong to
 * a run beside this one, and has a moment. Whoever may not list or delete requests leaves them to the cluster, which
 * clears them away within a day.
 *
 * @param except - uid of the request to keep
 */
export async function clearRequests(cluster: Cluster, credential: Credential, except?: string): Promise<void> {
  const list = async () => {
    const labelSelector = Object.entries(requestLabels(credential)).map((label) => label.join('='));
    const answer = await cluster.call({
      purpose: 'look for requests of earlier runs',
      method: 'GET',
      path: REQUESTS_PATH,
      query: { labelSelector: labelSelector.join() },
    });
    return listAt(answer, 'items').filter((item) => stringAt(item, 'metadata', 'uid') !== except);
  };
  try {
    let found = await list();
    for (let waited = 0; waited < GRACE && found.some(isOpen); waited += PAUSE) {
      await sleep(PAUSE);
      found = await list();
    }
    await Promise.all(found.map((item) => remove(cluster, item)));
  } catch (error) {
    if (!isError(error, 'ERR_EGGTOOTH_FORBIDDEN')) throw error;
  }
}

/**
 * Whether an error says that the request of this run has gone: a run beside it has finished first, and cleared it away.
 */
export function isRequestGone(error: unknown): boolean {
  return (
    isError(error, 'ERR_EGGTOOTH_NOT_FOUND', 'ERR_EGGTOOTH_REQUEST_DELETED', 'ERR_EGGTOOTH_REQUEST_EXPIRED') &&
    error.object?.kind === 'CertificateSigningRequest'
  );
}

function isOpen(request: unknown): boolean {
  const isFinal = (condition: unknown) => /^(Denied|Failed)$/.test(stringAt(condition, 'type') ?? '');
  return (
    stringAt(request, 'status', 'certificate') === undefined && !listAt(request, 'status', 'conditions').some(isFinal)
  );
}

async function remove(cluster: Cluster, request: unknown): Promise<void> {
  const [name = '', uid] = [stringAt(request, 'metadata', 'name'), stringAt(request, 'metadata', 'uid')];
  try {
    await cluster.call({
      purpose: 'delete the request of an earlier run',
      method: 'DELETE',
      path: `${REQUESTS_PATH}/${encodeURIComponent(name)}`,
      body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid } },
      object: requestReference({ name }),
    });
  } catch (error) {
    const isOther = isError(error, 'ERR_EGGTOOTH_API') && error.status === 409;
    if (!isOther && !isError(error, 'ERR_EGGTOOTH_NOT_FOUND')) throw error;
  }
}
