import { randomUUID } from 'node:crypto';
import type { Chain } from '../../chain/chain';
import { secretPolicyOf } from '../../chain/first-certificate';
import { mayCaller } from '../../cluster/access-review';
import type { Cluster } from '../../cluster/cluster';
import { ClusterObjects } from '../../cluster/cluster-objects';
import { EggtoothError, isError } from '../../errors';
import { requestManifest } from './submit-request';

/** Options of {@link assertPolicy}. */
export interface PolicyCheck {
  /** Name of the ValidatingAdmissionPolicy. */
  readonly policy: string;
  /** The chains that the caller signs for. */
  readonly chains: readonly Chain[];
  /**
   * Duration that will be requested, in seconds.
   * @default - the shortest that a chain states, or else the signer's own
   */
  readonly duration?: number;
}

/**
 * Makes sure that admission policies limit what the caller can write, before it uses its right to approve. The API server
 * is asked, by dry run, for two things that must be denied:
 *
 * - a request for a random user, whose key is thrown away. The policy must deny it.
 * - if the caller may create Secrets, a Secret that is not in the chains. The policy `NAME.secrets` must deny it, where
 *   NAME is the first policy, or the first policy itself.
 *
 * @example
 * ```ts
 * await assertPolicy(cluster, { policy: 'flux-assets-renewal.platform', chains, duration: 86_400 });
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_POLICY` if one of them would be accepted; any code of the {@link Cluster}, which is
 * `ERR_EGGTOOTH_FORBIDDEN` if something else denies it
 */
export async function assertPolicy(cluster: Cluster, check: PolicyCheck): Promise<void> {
  await assertRequestsLimited(cluster, check);
  await assertSecretsLimited(cluster, check);
}

async function assertRequestsLimited(cluster: Cluster, { policy, chains, duration }: PolicyCheck): Promise<void> {
  const { createRequest } = await import('../../pki/create-request.js');
  const created = await createRequest({ user: `nobody-${randomUUID()}` });
  created.privateKey.clear();
  const stated = chains.flatMap(({ credentials }) => credentials.flatMap((credential) => credential.duration ?? []));
  const manifest = requestManifest(created, {
    duration: duration ?? (stated.length > 0 ? Math.min(...stated) : undefined),
  });
  await assertDenied([policy], 'a request for any user', (purpose) =>
    new ClusterObjects(cluster).create(manifest, { dryRun: true, purpose }),
  );
}

async function assertSecretsLimited(cluster: Cluster, { policy, chains }: PolicyCheck): Promise<void> {
  const [secret] = chains.flatMap(({ credentials }) => credentials.flatMap(({ secrets }) => secrets));
  if (secret === undefined) return;
  const [{ namespace }, name] = [secret, secretPolicyOf(policy)];
  // Whatever else forbids it would hide that no policy does.
  if (!(await mayCaller(cluster, { verb: 'create', group: '', resource: 'secrets', name }, namespace))) return;
  const tried = { apiVersion: 'v1', kind: 'Secret', type: 'Opaque', metadata: { namespace, name } };
  await assertDenied([name, policy], 'any Secret', (purpose) =>
    new ClusterObjects(cluster).apply(tried, { dryRun: true, purpose }),
  );
}

/**
 * Makes sure that a policy denies a write.
 * @param policies - names of the policies that may deny it; the first one should
 * @param what - what would be written
 */
async function assertDenied(
  policies: readonly [string, ...string[]],
  what: string,
  write: (purpose: string) => Promise<unknown>,
): Promise<void> {
  const [policy] = policies;
  const inForce = `that the admission policy ${policy} is in force`;
  try {
    await write(`make sure ${inForce}`);
  } catch (error) {
    if (!isError(error, 'ERR_EGGTOOTH_FORBIDDEN') || error.deniedBy === undefined) throw error;
    if (policies.includes(error.deniedBy)) return;
    const problem = `cannot make sure ${inForce}: ${error.deniedBy} denies the request`;
    throw new EggtoothError('ERR_EGGTOOTH_FORBIDDEN', problem, {
      fix: 'name the admission policy that is made for the caller, or exempt the caller from the other one',
      status: error.status,
      deniedBy: error.deniedBy,
      cause: error,
    });
  }
  throw new EggtoothError(
    'ERR_EGGTOOTH_POLICY',
    `is not in force: the API server would accept ${what}; nothing was done`,
    {
      fix: 'apply the whole bundle, and wait a second or so until the policy is in force; it needs Kubernetes 1.30',
      object: { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingAdmissionPolicy', name: policy },
    },
  );
}
