import { createPublicKey } from 'node:crypto';
import type { Cluster } from '../../cluster/cluster';
import { EggtoothError, isError } from '../../errors';
import { requestName } from '../../pki/certificate-signing-request';
import type { PrivateKey } from '../../pki/private-key';
import { type RequestSummary, summarize } from './request-summary';
import { requestPath, requestReference } from './submit-request';

/**
 * Name of the request of a key: the key's fingerprint is in it, so that whoever has the key finds the request again, and
 * nobody can take the name before.
 */
export function nameForKey(user: string, key: PrivateKey): string {
  return requestName(user, createPublicKey(key.toKeyObject()).export({ format: 'pem', type: 'spki' }).toString());
}

/**
 * Finds the request of a key in the cluster.
 * @param name - what it is called, if it is not the key's own name
 * @returns `undefined` if it is not there
 * @throws EggtoothError `ERR_EGGTOOTH_REQUEST_CHANGED` if it is for another key; the errors of {@link summarize}
 */
export async function findRequest(
  cluster: Cluster,
  users: readonly string[],
  key: PrivateKey,
  name?: string,
): Promise<RequestSummary | undefined> {
  for (const candidate of name === undefined ? users.map((user) => nameForKey(user, key)) : [name]) {
    const object = requestReference({ name: candidate });
    const path = requestPath({ name: candidate });
    const found = await cluster
      .call({ purpose: 'look for the request', method: 'GET', path, object })
      .catch((error: unknown) => {
        if (isError(error, 'ERR_EGGTOOTH_NOT_FOUND')) return undefined;
        throw error;
      });
    if (found === undefined) continue;
    const { summary, publicKey } = summarize(found, candidate, { users });
    if (publicKey.equals(createPublicKey(key.toKeyObject()))) return summary;
    throw new EggtoothError('ERR_EGGTOOTH_REQUEST_CHANGED', 'is for another key than the one in the file', {
      fix: 'name the file that this request was made with; if it is that one, somebody has replaced the request',
      object,
    });
  }
  return undefined;
}
