import { setTimeout as sleep } from 'node:timers/promises';
import type { Chain } from '../chain/chain';
import type { Credential } from '../chain/credentials';
import { printUser } from '../chain/generation';
import { assertSignable } from '../chain/rules/check';
import { assertUser } from '../chain/user';
import type { Cluster } from '../cluster/cluster';
import { placeChain } from '../cluster/place-objects';
import { retrying } from '../cluster/retrying-cluster';
import { isError } from '../errors';
import type { IssuedCertificate } from '../pki/check-certificate';
import { usersOf } from '../rights/role-bindings';
import { waitForFlux } from './flux/wait-for-flux';
import { acceptedCertificates } from './generation/accepted-certificate';
import { assertNotCut } from './generation/assert-not-cut';
import { assertNotManaged } from './generation/assert-not-managed';
import { assertNotRevoked, generationFix } from './generation/assert-not-revoked';
import { bindNext, generationsOf, readBindings, unbindOthers } from './generation/bindings';
import type { IssueOptions } from './issue-options';
import { describeIssued, type IssueResult } from './issue-result';
import { obtainCertificate } from './request/obtain-certificate';
import { requestReconciles } from './secret/apply-secrets';
import { assertOurs } from './secret/assert-ours';
import { type WrittenCertificate, writeIssued } from './secret/ensure-secrets';
import { readState, type State } from './secret/secret-state';
import { assertVerified, type Check } from './verify/check';
import { findOtherReaders } from './verify/other-readers';
import { assertSameCluster } from './verify/same-cluster';
import { Verifier } from './verify/verifier';
import { untilVerified } from './verify/verify-before-write';
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

/**
 * Revokes the certificates of every reader of a chain. Kubernetes cannot revoke a client certificate, so its user loses
 * its rights: the next generation of the user gets a certificate and the right to read, and after Flux has read with
 * them, the RoleBindings name only the new user. An interrupted run is completed by the next; a run after a complete one
 * verifies again. The bundle must be changed afterwards: see {@link RevokeResult.change}.
 *
 * No user but the next generation gets rights. If the old user has lost its rights already, because somebody has emptied
 * or deleted the RoleBinding, it does not get them back: the new user alone is bound, with a certificate that nobody had
 * before.
 *
 * No rights are removed before the new certificate is verified. After that, a check that fails does not throw: look at
 * {@link IssueResult.checks}.
 *
 * @example
 * ```ts
 * const [result] = await revoke(await clusterFromKubeconfig(), Chain.fromObjects(readBundle('dist')));
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_FOREIGN` if Flux manages a RoleBinding or a Secret of the reader, and would undo the
 * revocation; `ERR_EGGTOOTH_GENERATION` if the cluster is ahead of the bundle by more than this revocation, or
 * the new user has lost its rights again;
 * `ERR_EGGTOOTH_VERIFICATION` if the new certificate cannot read, or Flux cannot with it: both users may read then; any
 * other code of a step
 */
export async function revoke(
  cluster: Cluster,
  bundle: Chain,
  options: RevokeOptions = {},
): Promise<readonly RevokeResult[]> {
  const chain = placeChain(cluster, bundle);
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
  await assertSameCluster(patient, [credential]);
  const warnings = await findOtherReaders(patient, credential, options.onWarning);
  onProgress(`${revoked}: reading the Secrets and RoleBindings`);
  const found = await readState(patient, next, now);
  const bindings = await readBindings(patient, credential);
  assertNotManaged([...bindings, ...found.secrets], generation);
  // The API server decides, before anything is written, whether the RoleBindings may be read and changed.
  await bindNext(patient, credential, user, { dryRun: true });
  await assertNotRevoked(patient, { ...next, user: revoked }, found.secrets);
  const { old, own } = await acceptedCertificates(patient, next, found);
  assertNotCut(next, bindings, own);
  const state = own === undefined ? withoutCurrent(found) : found;
  if (state.current === undefined) assertOurs(next, state.secrets, options);
  const bound = new Set(bindings.flatMap((binding) => generationsOf(binding, credential)));
  const isCut = ![...bound].some((one) => one !== user);
  const isDone = isCut && bindings.filter((one) => usersOf(one).includes(user)).length === next.bindings.length;
  let written: WrittenCertificate | undefined;
  try {
    const issued = state.current ?? (await obtainCertificate(patient, next, { ...options, timeout, onProgress }));
    if (!isDone) {
      const verifier = new Verifier({ cluster: patient, credential: next, issued, cas: state.cas, timeout });
      await bindVerified(verifier, issued, () => bindNext(patient, credential, user));
    }
    let seen: readonly Check[] = [];
    const onChecks = (_: Credential, checks: readonly Check[]) => {
      seen = checks;
    };
    const writing = writeIssued(patient, next, issued, state, { ...options, timeout, onProgress, onChecks });
    written = await writing.catch((error: unknown) => {
      if (isError(error, 'ERR_EGGTOOTH_VERIFICATION')) assertReads(user, seen);
      throw error;
    });
    await written.deleteReplacedRequests();
    if (!isCut) {
      onProgress(`${user}: waiting until Flux has read with it`);
      assertReads(user, await waitForFlux(patient, next, { timeout }));
      onProgress(`${revoked}: keeping its rights for ${grace / 1000} s, while Flux may keep a connection`);
      await sleep(grace);
      patient = retrying(cluster, timeout, onProgress);
      assertReads(user, await reconcile(patient, next, timeout));
      await unbindOthers(patient, credential, user);
    }
    onProgress(`${revoked}: verifying that it cannot read any longer`);
    const { verifier } = written;
    const users = [...bound.add(revoked)].filter((one) => one !== user);
    const cut = await verifyRevoked(patient, next, users, old, (url) => verifier.as(url), timeout);
    const flux = await reconcile(patient, next, timeout);
    return {
      ...describeIssued(next, written.issued),
      generation,
      revoked,
      checks: [...written.checks, ...cut, ...flux],
      warnings,
      change: generationFix(generation),
    };
  } finally {
    for (const { privateKey } of old) privateKey.clear();
    written?.close();
  }
}

/** Secrets may hold a certificate that looks valid, and that the cluster did not sign. */
function withoutCurrent({ current, ...state }: State): State {
  current?.privateKey.clear();
  return state;
}

/** Binds the user of a certificate once the API server has identified its holder as that user, and waits until it reads. */
async function bindVerified(verifier: Verifier, issued: IssuedCertificate, bind: () => Promise<void>): Promise<void> {
  const { user } = verifier.credential;
  try {
    assertReads(user, await verifier.identity());
    await bind();
    assertReads(user, await untilVerified(verifier, {}));
  } catch (error) {
    issued.privateKey.clear();
    throw error;
  } finally {
    verifier.close();
  }
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
