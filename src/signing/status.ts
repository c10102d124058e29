import type { X509Certificate } from 'node:crypto';
import type { Chain } from '../chain/chain';
import type { Credential } from '../chain/credentials';
import { parseUser } from '../chain/generation';
import type { SecretReference } from '../chain/links';
import { assertSignable } from '../chain/rules/check';
import type { Cluster } from '../cluster/cluster';
import { ClusterObjects } from '../cluster/cluster-objects';
import { placeChain } from '../cluster/place-objects';
import { quote } from '../errors';
import { printReference } from '../kubernetes/kube-object';
import { describeCertificate } from '../pki/check-certificate';
import { generationFix } from './generation/assert-not-revoked';
import { type BindingDrift, bindingDrift } from './generation/binding-drift';
import { type JudgedSecret, judgeSecrets } from './secret/judge-secret';
import { APPLY_FIRST } from './secret/not-applied';
import { secretReference } from './secret/secret';
import { DIFFERENT, OTHER_CA } from './secret/secret-state';
import { findOtherReaders } from './verify/other-readers';
import { rightsDrift } from './verify/rights-drift';

/** One Secret of a reader, and the certificate in it. */
export interface SecretStatus extends SecretReference {
  /** What is wrong with it; absent if nothing is. */
  readonly problem?: string;
  /** User that its certificate names. This and the following are absent if it has no certificate. */
  readonly user?: string;
  /** Generation of that user. */
  readonly generation?: number;
  /** SHA-256 of the certificate, hex. */
  readonly fingerprint?: string;
  /** RFC 3339. */
  readonly notBefore?: string;
  /** RFC 3339. */
  readonly notAfter?: string;
  /** Whole days; negative once it has expired. */
  readonly daysLeft?: number;
  /** When it is due for renewal, RFC 3339; absent if it is invalid. */
  readonly renewAt?: string;
  /** Whether it is due for renewal; absent if it is invalid. */
  readonly due?: boolean;
}

/** A reader of the chain: the contract of `eggtooth status -o json`. */
export interface ReaderStatus {
  /** User that the bundle names. */
  readonly user: string;
  /** Generation that the bundle names. */
  readonly generation: number;
  /** One for each Secret that the bundle names. */
  readonly secrets: readonly SecretStatus[];
  /** Whether all Secrets with a certificate hold the same one. */
  readonly same: boolean;
  /**
   * What keeps Flux from reading, now or soon: missing, expired, invalid or different certificates, another generation.
   * And what the user may do beyond its routes.
   */
  readonly problems: readonly string[];
  /** What to do about the problems; absent if there are none. */
  readonly fix?: string;
  /** What needs attention: a certificate that is due for renewal, a revocation that is not complete, other readers. */
  readonly warnings: readonly string[];
}

const DAY = 86_400_000;

/**
 * Reads the state of every reader's certificate in every namespace. It only reads, and returns nothing of a key.
 *
 * @example
 * ```ts
 * const bad = (await status(cluster, chain)).filter(({ problems }) => problems.length > 0);
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_CHAIN`, or any code of the {@link Cluster}
 */
export async function status(cluster: Cluster, bundle: Chain): Promise<readonly ReaderStatus[]> {
  const chain = placeChain(cluster, bundle);
  assertSignable(chain);
  return Promise.all(chain.credentials.map((credential) => readerStatus(cluster, chain, credential)));
}

async function readerStatus(cluster: Cluster, chain: Chain, credential: Credential): Promise<ReaderStatus> {
  const { user, generation } = credential;
  const { cas, judged, now } = await judgeSecrets(cluster, credential);
  const secrets = judged.map((one) => secretStatus(one, now));
  const held = judged.flatMap(({ verdict }) => (verdict.valid ? [verdict.issued] : []));
  const [drift, rights, others] = await Promise.all([
    bindingDrift(new ClusterObjects(cluster), chain, user),
    held[0] === undefined ? undefined : rightsDrift(cluster, credential, held[0], cas.ofEndpoint),
    findOtherReaders(cluster, credential),
  ]);
  for (const { privateKey } of held) privateKey.clear();
  const same = new Set(secrets.flatMap(({ fingerprint }) => fingerprint ?? [])).size < 2;
  const problems = [
    ...secrets.flatMap(problemOf),
    ...(same ? [] : [DIFFERENT]),
    ...drift.problems,
    ...(rights?.problems ?? []),
  ];
  return {
    user,
    generation,
    secrets,
    same,
    problems,
    ...(problems.length > 0 && { fix: fixOf(credential, secrets, same, drift) }),
    warnings: [...warningsOf(credential, secrets), ...drift.warnings, ...(rights?.warnings ?? []), ...others],
  };
}

/** What to do about the problems of a reader: first what the others may follow from. */
function fixOf(
  { generation, name }: Credential,
  secrets: readonly SecretStatus[],
  same: boolean,
  { bound }: Pick<BindingDrift, 'bound'>,
): string {
  if (bound.includes(undefined)) return APPLY_FIRST;
  const held = secrets.flatMap(({ user = '' }) => (parseUser(user).name === name ? parseUser(user).generation : []));
  const all = bound.flatMap((generations) => generations ?? []);
  const highest = Math.max(...all, ...held);
  const isRevoked = all.length > 0 && all.every((one) => one === highest);
  if (highest > generation) {
    const complete = isRevoked ? '' : 'complete the revocation: run eggtooth revoke with this bundle. Then ';
    return `${complete}${generationFix(highest)}`;
  }
  if (all.some((one) => one < generation) && !all.includes(generation))
    return `${APPLY_FIRST}; then run eggtooth issue`;
  return !same || secrets.some(({ problem }) => problem !== undefined)
    ? 'run eggtooth issue to replace certificates that are missing, expired or wrong'
    : 'remove what the user may do beyond its routes, and apply the bundle again';
}

function secretStatus({ secret: { namespace, name }, verdict }: JudgedSecret, now: Date): SecretStatus {
  const { certificate } = verdict;
  const held = { namespace, name, ...(certificate && describe(certificate, now)) };
  if (!verdict.valid) return { ...held, problem: verdict.problem };
  const { renewAt, outdatedCa } = verdict;
  return {
    ...held,
    ...(outdatedCa && { problem: OTHER_CA }),
    renewAt: renewAt.toISOString(),
    due: renewAt <= now,
  };
}

function describe(certificate: X509Certificate, now: Date) {
  const { fingerprint, notBefore, notAfter } = describeCertificate(certificate);
  const [, user = certificate.subject] = /^CN=([^\n]*)$/.exec(certificate.subject) ?? [];
  return {
    user: quote(user),
    generation: parseUser(user).generation,
    fingerprint,
    notBefore: notBefore.toISOString(),
    notAfter: notAfter.toISOString(),
    daysLeft: Math.floor((notAfter.getTime() - now.getTime()) / DAY),
  };
}

function problemOf({ problem, ...secret }: SecretStatus): readonly string[] {
  return problem === undefined ? [] : [`${printReference(secretReference(secret))}: ${problem}`];
}

/** A certificate is due after 70 to 90 % of its duration. If it was not renewed then, nothing renews it. */
function warningsOf({ user }: Credential, secrets: readonly SecretStatus[]): readonly string[] {
  const due = secrets.filter((secret) => secret.due && secret.problem === undefined);
  const [first] = due.map(({ renewAt = '', notAfter = '' }) => ({ renewAt, notAfter })).sort(byRenewal);
  if (first === undefined) return [];
  return [`the certificate of ${user} is due for renewal since ${first.renewAt}, and expires ${first.notAfter}`];
}

function byRenewal(one: { readonly renewAt: string }, other: { readonly renewAt: string }): number {
  return one.renewAt < other.renewAt ? -1 : 1;
}
