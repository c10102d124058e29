import { createPublicKey } from 'node:crypto';
import type { Cluster } from '../../cluster/cluster';
import { ClusterObjects } from '../../cluster/cluster-objects';
import { EggtoothError } from '../../errors';
import { requestName, requestReference } from '../../pki/certificate-signing-request';
import type { PrivateKey } from '../../pki/private-key';
import type { KeyFile } from './key-file';
import { type RequestSummary, summarizeRequest } from './request-summary';

/**
 * Name of the request of a key. It contains the key's fingerprint, so that whoever has the key finds the request again,
 * and nobody can take the name in advance.
 */
export function nameForKey(user: string, key: PrivateKey): string {
  return requestName(user, createPublicKey(key.toKeyObject()).export({ format: 'pem', type: 'spki' }).toString());
}

/**
 * Finds the request of a key in the cluster. Its bytes are public, and whoever may delete it can create it again with
 * another duration, so the duration must be the one that the file of the key keeps.
 * @param name - its name, if it is not the one of {@link nameForKey}
 * @returns `undefined` if it does not exist
 * @throws EggtoothError `ERR_EGGTOOTH_REQUEST_CHANGED` if it is for another key or duration; the errors of
 * {@link summarizeRequest}
 */
export async function findRequest(
  cluster: Cluster,
  users: readonly string[],
  { key, duration }: Pick<KeyFile, 'key' | 'duration'>,
  name?: string,
): Promise<RequestSummary | undefined> {
  const objects = new ClusterObjects(cluster);
  for (const candidate of name === undefined ? users.map((user) => nameForKey(user, key)) : [name]) {
    const object = requestReference({ name: candidate });
    const found = await objects.get(object, { purpose: 'look for the request' });
    if (found === undefined) continue;
    const { summary, publicKey } = summarizeRequest(found, { users });
    const isSame = publicKey.equals(createPublicKey(key.toKeyObject()));
    if (isSame && summary.expirationSeconds === duration) return summary;
    if (isSame) throw otherDuration(summary, duration);
    throw new EggtoothError('ERR_EGGTOOTH_REQUEST_CHANGED', 'is for another key than the one in the file', {
      fix: 'name the file with the key of this request; if it is that file, somebody has replaced the request',
      object,
    });
  }
  return undefined;
}

function otherDuration({ name, expirationSeconds }: RequestSummary, duration: number | undefined): EggtoothError {
  const print = (seconds: number | undefined) => (seconds === undefined ? 'the default duration' : `${seconds} s`);
  const problem = `asks for ${print(expirationSeconds)}, and the key file says ${print(duration)}`;
  return new EggtoothError('ERR_EGGTOOTH_REQUEST_CHANGED', problem, {
    fix: 'find out who replaced the request, do not use its certificate, and create another request with a new key file',
    object: requestReference({ name }),
  });
}
