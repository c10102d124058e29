import { setTimeout as sleep } from 'node:timers/promises';
import type { Chain } from '../chain/chain';
import type { Credential } from '../chain/credentials';
import { printUser } from '../chain/generation';
import { usersOf } from '../chain/grants';
import { assertSignable } from '../chain/rules/check';
import { assertUser } from '../chain/user';
import type { Cluster } from '../cluster/cluster';
import { Deadline, poll } from '../cluster/poll';
import { retrying } from '../cluster/retrying-cluster';
import { waitForFlux } from './flux/wait-for-flux';
import { assertNotRevoked, generationFix } from './generation/assert-not-revoked';
import { bind, readBindings } from './generation/bindings';
import type { IssueOptions } from './issue-options';
import { describeIssued, type IssueResult } from './issue-result';
import { requestReconciles } from './secret/apply-secrets';
import { ensureSecrets, type WrittenCertificate } from './secret/ensure-secrets';
import { type HeldCertificate, heldCertificate } from './secret/held-certificate';
import { readState, type State } from './secret/secret-state';
import { assertVerified, type Check } from './verify/check';
import { verifyRevoked } from './verify/verify-revoked';

/** Options of {@link revoke}. */
export interface RevokeOptions extends IssueOptions {
  /**
   * How long the old user keeps its rights after Flux has read with the new certificate, in milliseconds. Flux keeps a
   * connection, and so the old certificate, for up to 60 s after its last use; with a shorter grace period its reads may
   * fail until then.
   * @default 65000
   */
  readonly grace?: number;
}

/** What {@link revoke} did for one user: the contract of `eggtooth revoke -o json`. */
export interface RevokeResult extends Omit<IssueResult, 'unchanged'> {
  /** Generation of the new user. */
  readonly generation: number;
  /** The user that has no rights any more. */
  readonly revoked: string;
  /** What to change in git, as a sentence: until then the bundle names the revoked user. */
  readonly change: string;
}

/** How long the API server may take to grant new rights, in milliseconds. */
const NOTICE = 5000;

/**
 * Revokes the certificates of every reader of a chain. Kubernetes cannot revoke a client certificate, so its user loses
 * its rights: the next generation of the user gets a certificate and the right to read, and after Flux has read with
 * them, the RoleBinding names only the new user. An interrupted run is completed by the next; a run after a complete one
 * verifies again. The bundle must be changed afterwards: see {@link RevokeResult.change}.
 *
 * No rights are removed before the new certificate is verified. After that, a check that fails does not throw: look at
 * {@link IssueResult.checks}.
 *
 * @example
 * ```ts
 * const [result] = await revoke(await clusterFromKubeconfig(), Chain.fromObjects(readBundle('dist')));
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_GENERATION` if the cluster is ahead of the bundle by more than this revocation;
 * `ERR_EGGTOOTH_VERIFICATION` if the new certificate cannot read, or Flux cannot with it: both users may read then; any
 * other code of a step
 */
export async function revoke(
  cluster: Cluster,
  chain: Chain,
  options: RevokeOptions = {},
): Promise<readonly RevokeResult[]> {
  assertSignable(chain);
  const results: RevokeResult[] = [];
  for (const credential of chain.credentials) results.push(await revokeOne(cluster, credential, options));
  return results;
}

async function revokeOne(
  cluster: Cluster,
  credential: Credential,
  { timeout = 30_000, grace = 65_000, now, onProgress = () => {}, ...options }: RevokeOptions,
): Promise<RevokeResult> {
  const { user: revoked, name } = credential;
  const generation = credential.generation + 1;
  const next = { ...credential, generation, user: printUser({ name, generation }) };
  const { user } = next;
  assertUser(user);
  let patient = retrying(cluster, timeout, onProgress);
  onProgress(`${revoked}: reading the Secrets`);
  const state = await readState(patient, next, now);
  const bindings = await readBindings(patient, credential);
  assertNotRevoked(next, [...state.secrets, ...bindings]);
  const old = oldCertificate(credential, state);
  const isCut = bindings.length > 0 && !bindings.some((binding) => usersOf(binding).includes(revoked));
  if (!isCut) await bind(patient, credential, [revoked, user]);
  const written = await ensureSecrets(patient, next, state, { ...options, timeout, onProgress });
  try {
    const [reading] = await Promise.all([readWithNewRights(written), written.deleteReplacedRequests()]);
    if (!isCut) {
      onProgress(`${user}: waiting until Flux has read with it`);
      assertReads(user, [...reading, ...(await waitForFlux(patient, next, { timeout }))]);
      onProgress(`${revoked}: keeping its rights for ${grace / 1000} s, while Flux may keep a connection`);
      await sleep(grace);
      patient = retrying(cluster, timeout, onProgress);
      assertReads(user, await reconcile(patient, next, timeout));
      await bind(patient, credential, [user]);
    }
    onProgress(`${revoked}: verifying that it cannot read any longer`);
    const cut = await verifyRevoked(patient, next, revoked, old, (url) => written.verifier.as(url), timeout);
    const flux = await reconcile(patient, next, timeout);
    return {
      ...describeIssued(next, written.issued),
      generation,
      revoked,
      checks: [...written.identity, ...reading, ...cut, ...flux],
      change: generationFix(generation),
    };
  } finally {
    old?.privateKey.clear();
    written.close();
  }
}

/** The certificate that loses its rights; absent once the Secrets hold the new one. */
function oldCertificate({ user }: Credential, { secrets }: State): HeldCertificate | undefined {
  return secrets.map(heldCertificate).find((held) => held?.user === user);
}

/** The rights are new, so the API server may take a moment to grant them. */
function readWithNewRights({ verifier }: WrittenCertificate): Promise<readonly Check[]> {
  return poll(
    new Deadline(NOTICE),
    () => verifier.reading(),
    (checks) => checks.every(({ ok }) => ok),
  );
}

/** Asks Flux to reconcile, and waits until it has. */
async function reconcile(cluster: Cluster, next: Credential, timeout: number): Promise<readonly Check[]> {
  await requestReconciles(cluster, next);
  return waitForFlux(cluster, next, { timeout });
}

function assertReads(user: string, checks: readonly Check[]): void {
  const fix = 'solve that, then run again from where the URL can be reached: the run completes this one';
  assertVerified(checks, `${user} is not verified to read, and nothing is revoked yet`, fix);
}
