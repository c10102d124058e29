import { setTimeout as sleep } from 'node:timers/promises';
import type { Chain } from '../chain/chain';
import type { Credential } from '../chain/credentials';
import { printUser } from '../chain/generation';
import { assertSignable } from '../chain/rules/check';
import { assertUser } from '../chain/user';
import type { Cluster } from '../cluster/cluster';
import { retrying } from '../cluster/retrying-cluster';
import { requestReconcile } from './flux/reconcile-request';
import { fluxReads } from './flux/wait-for-flux';
import { assertNotRevoked, generationFix } from './generation/assert-not-revoked';
import { bind, readBindings, usersOf } from './generation/bindings';
import { describe, type IssueResult } from './issue';
import type { IssueOptions } from './issue-options';
import { type Placed, place } from './secret/ensure-secrets';
import { type HeldCertificate, heldCertificate } from './secret/held-certificate';
import { readState } from './secret/secret-state';
import { assertVerified } from './verify/assert-verified';
import type { Check } from './verify/verifier';
import { verifyRevoked } from './verify/verify-revoked';

/** How a user is revoked. */
export interface RevokeOptions extends IssueOptions {
  /**
   * How long the old user keeps its rights once Flux has read with the new certificate, in milliseconds. Flux keeps a
   * connection, and so the old certificate, up to 60 s after it last used it; cut before, it fails until that is gone.
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
  /** What is left to do in git, as a sentence: until then the bundle names the revoked user. */
  readonly change: string;
}

/** How long the API server may take to notice new rights, in milliseconds. */
const NOTICE = 5000;

/**
 * Revokes the certificates of every reader of a chain. Kubernetes cannot revoke a client certificate, so its user loses
 * its rights: the next generation of the user gets a certificate and the right to read beside it, and once Flux has been
 * seen reading with that, the RoleBinding names the new user alone. Run again after it was cut off, it goes on; run again
 * after it is done, it proves it anew. What is left is the bundle: {@link RevokeResult.change}.
 *
 * Nothing is cut before the new certificate is verified. Afterwards, a checks that fails does not throw: look at
 * {@link IssueResult.checks}.
 *
 * @example
 * ```ts
 * const [result] = await revoke(await clusterFromKubeconfig(), Chain.fromObjects(readBundle('dist')));
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_GENERATION` if the cluster is ahead of the bundle by more than this revocation,
 * `ERR_EGGTOOTH_VERIFICATION` if the new certificate does not read, or Flux with it: both users may read then
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
  { timeout = 30_000, grace = 65_000, now = () => new Date(), onProgress = () => {}, ...options }: RevokeOptions,
): Promise<RevokeResult> {
  const { user: revoked, name } = credential;
  const generation = credential.generation + 1;
  const next = { ...credential, generation, user: printUser({ name, generation }) };
  const { user } = next;
  assertUser(user);
  let again = retrying(cluster, timeout, onProgress);
  onProgress(`${revoked}: looking at what stands`);
  const state = await readState(again, next, now());
  const bindings = await readBindings(again, credential);
  assertNotRevoked(next, [...state.secrets, ...bindings]);
  const old = oldCertificate(credential, state.secrets);
  const isCut = bindings.length > 0 && !bindings.some((binding) => usersOf(binding).includes(revoked));
  if (!isCut) await bind(again, credential, [revoked, user]);
  const placed = await place(again, next, state, { ...options, timeout, onProgress });
  try {
    const [reading] = await Promise.all([readsSoon(placed), placed.tidy()]);
    if (!isCut) {
      onProgress(`${user}: waiting until Flux has read with it`);
      assertReads(user, [...reading, ...(await fluxReads(again, next, timeout))]);
      onProgress(`${revoked}: keeping its rights for ${grace / 1000} s, while Flux keeps a connection`);
      await sleep(grace);
      again = retrying(cluster, timeout, onProgress);
      assertReads(user, await nudged(again, next, timeout));
      await bind(again, credential, [user]);
    }
    onProgress(`${revoked}: proving that it may read no longer`);
    const cut = await verifyRevoked(again, next, revoked, old, (url) => placed.verifier.as(url), timeout);
    const flux = await nudged(again, next, timeout);
    return {
      ...describe(next, placed.issued),
      generation,
      revoked,
      checks: [...placed.identity, ...reading, ...cut, ...flux],
      change: generationFix(generation),
    };
  } finally {
    old?.privateKey.clear();
    placed.close();
  }
}

/** The certificate that is to lose its rights, before it is overwritten; none after a run that was cut off later. */
function oldCertificate(
  { user }: Credential,
  secrets: readonly Parameters<typeof heldCertificate>[0][],
): HeldCertificate | undefined {
  return secrets.map(heldCertificate).find((held) => held?.user === user);
}

/** The rights are new: it may take a moment until the API server grants them. */
async function readsSoon({ verifier }: Placed): Promise<readonly Check[]> {
  const end = Date.now() + NOTICE;
  for (;;) {
    const checks = await verifier.reading();
    if (checks.every(({ ok }) => ok) || Date.now() > end) return checks;
    await sleep(100);
  }
}

async function nudged(cluster: Cluster, next: Credential, timeout: number): Promise<readonly Check[]> {
  await Promise.all(next.repositories.map((repository) => requestReconcile(cluster, repository)));
  return fluxReads(cluster, next, timeout);
}

function assertReads(user: string, checks: readonly Check[]): void {
  assertVerified(
    checks,
    `${user} is not verified to read, and nothing is revoked yet`,
    'mend that, then run again from where the URL can be reached: it goes on from there',
  );
}
