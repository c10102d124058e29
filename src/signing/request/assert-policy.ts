import { randomUUID } from 'node:crypto';
import type { Cluster } from '../../cluster/cluster';
import { ClusterObjects } from '../../cluster/cluster-objects';
import { EggtoothError, isError } from '../../errors';
import { requestManifest } from './submit-request';

/** Options of {@link assertPolicy}. */
export interface PolicyCheck {
  /** Name of the ValidatingAdmissionPolicy. */
  readonly policy: string;
  /**
   * Duration that will be requested, in seconds.
   * @default - the signer's own
   */
  readonly duration?: number;
}

/**
 * Makes sure that an admission policy limits the users for whom the caller can request certificates, before it uses its
 * right to approve. The API server is asked, by dry run, to accept a request for a random user whose key is thrown away;
 * the policy must refuse it.
 *
 * @example
 * ```ts
 * await assertPolicy(cluster, { policy: 'flux-assets-renewal.platform', duration: 86_400 });
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_POLICY` if the request would be accepted; any code of the {@link Cluster}, which is
 * `ERR_EGGTOOTH_FORBIDDEN` if something else refuses it
 */
export async function assertPolicy(cluster: Cluster, { policy, duration }: PolicyCheck): Promise<void> {
  const { createRequest } = await import('../../pki/create-request.js');
  const created = await createRequest({ user: `nobody-${randomUUID()}` });
  created.privateKey.clear();
  try {
    const purpose = `make sure that the admission policy ${policy} is in force`;
    await new ClusterObjects(cluster).create(requestManifest(created, { duration }), { dryRun: true, purpose });
  } catch (error) {
    if (!isError(error, 'ERR_EGGTOOTH_FORBIDDEN') || error.deniedBy === undefined) throw error;
    if (error.deniedBy === policy) return;
    const problem = `cannot make sure that the admission policy ${policy} is in force: ${error.deniedBy} denies the request`;
    throw new EggtoothError('ERR_EGGTOOTH_FORBIDDEN', problem, {
      fix: 'name the admission policy that is made for the caller, or exempt the caller from the other one',
      status: error.status,
      deniedBy: error.deniedBy,
      cause: error,
    });
  }
  throw new EggtoothError(
    'ERR_EGGTOOTH_POLICY',
    'is not in force: the API server would accept a request for any user; nothing was done',
    {
      fix: 'apply the whole bundle, and wait a second or so until the policy is in force; it needs Kubernetes 1.30',
      object: { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingAdmissionPolicy', name: policy },
    },
  );
}
