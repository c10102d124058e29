import { createPublicKey } from 'node:crypto';
import type { Cluster } from '../../cluster/cluster';
import { ClusterObjects } from '../../cluster/cluster-objects';
import { EggtoothError } from '../../errors';
import { requestName, requestReference } from '../../pki/certificate-signing-request';
import type { PrivateKey } from '../../pki/private-key';
import { type RequestSummary, summarizeRequest } from './request-summary';

/**
 * Name of the request of a key. It contains the key's fingerprint, so that whoever has the key finds the request again,
 * and nobody can take the name in advance.
 */
export function nameForKey(user: string, key: PrivateKey): string {
  return requestName(user, createPublicKey(key.toKeyObject()).export({ format: 'pem', type: 'spki' }).toString());
}

/**
 * Finds the request of a key in the cluster.
 * @param name - its name, if it is not the one of {@link nameForKey}
 * @returns `undefined` if it does not exist
 * @throws EggtoothError `ERR_EGGTOOTH_REQUEST_CHANGED` if it is for another key; the errors of {@link summarizeRequest}
 */
export async function findRequest(
  cluster: Cluster,
  users: readonly string[],
  key: PrivateKey,
  name?: string,
): Promise<RequestSummary | undefined> {
  const objects = new ClusterObjects(cluster);
  for (const candidate of name === undefined ? users.map((user) => nameForKey(user, key)) : [name]) {
    const object = requestReference({ name: candidate });
    const found = await objects.get(object, { purpose: 'look for the request' });
    if (found === undefined) continue;
    const { summary, publicKey } = summarizeRequest(found, { users });
    if (publicKey.equals(createPublicKey(key.toKeyObject()))) return summary;
    throw new EggtoothError('ERR_EGGTOOTH_REQUEST_CHANGED', 'is for another key than the one in the file', {
      fix: 'name the file with the key of this request; if it is that file, somebody has replaced the request',
      object,
    });
  }
  return undefined;
}
