import { randomUUID } from 'node:crypto';
import type { Cluster } from '../../cluster/cluster';
import { EggtoothError, isError } from '../../errors';
import { REQUESTS_PATH, requestManifest } from './submit-request';

/** What {@link assertPolicy} is told of the requests that will follow. */
export interface PolicyCheck {
  /** Name of the ValidatingAdmissionPolicy. */
  readonly policy: string;
  /** Duration that will be asked for, in seconds. */
  readonly expirationSeconds?: number;
}

/**
 * Makes sure that an admission policy limits whom the caller can ask a certificate for, before it uses its right to
 * approve. The API server is asked, by dry run, to take a request for a user that nobody has, with a key that is thrown
 * away; the policy must be what refuses it.
 *
 * @example
 * ```ts
 * await assertPolicy(cluster, { policy: 'flux-assets-renewal.platform', expirationSeconds: 86_400 });
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_POLICY` if it would be taken; one of the {@link Cluster} if something else refuses it
 */
export async function assertPolicy(cluster: Cluster, { policy, expirationSeconds }: PolicyCheck): Promise<void> {
  const { createRequest } = await import('../../pki/create-request.js');
  const made = await createRequest({ user: `nobody-${randomUUID()}` });
  made.privateKey.clear();
  try {
    await cluster.call({
      purpose: `make sure that the admission policy ${policy} is in force`,
      method: 'POST',
      path: REQUESTS_PATH,
      query: { dryRun: 'All' },
      body: requestManifest(made, expirationSeconds),
      quotable: true,
    });
  } catch (error) {
    if (isError(error, 'ERR_EGGTOOTH_FORBIDDEN') && error.deniedBy === policy) return;
    throw error;
  }
  throw new EggtoothError(
    'ERR_EGGTOOTH_POLICY',
    'is not in force: the API server would take a request for anybody, and nothing was done',
    {
      fix: 'apply the whole bundle; the policy takes Kubernetes 1.30, and a second or so until it is in force',
      object: { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingAdmissionPolicy', name: policy },
    },
  );
}
