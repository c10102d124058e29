import { Chain } from '../chain/chain';
import { assertSound } from '../chain/rules/check';
import type { Cluster } from '../cluster/cluster';
import { isError } from '../errors';
import type { KubeObject } from '../kubernetes/kube-object';
import { BACKDATE_SECONDS } from '../pki/check-certificate';
import { assertNoneRevoked } from '../signing/generation/assert-not-revoked';
import type { IssueResult } from '../signing/issue-result';
import { type AppliedObject, applyAll } from './apply-objects';
import { type BrokenLink, notReady, untilHolds } from './broken-link';
import { type CertifyOptions, certify } from './issue-certificates';
import { inOrder } from './order';
import { probeAssets } from './probe-assets';
import { probeCrds } from './probe-crds';
import {
  type ExpectedRepository,
  probeRepositories,
  type ReadRepository,
  repositoriesOf,
  untilAllRead,
} from './probe-repositories';
import { Run, type RunOptions } from './run';

/** How a bundle is brought up. */
export type UpOptions = RunOptions & CertifyOptions;

/** What {@link up} did: the contract of `eggtooth up -o json`. */
export interface UpResult {
  /** In the order in which they were applied. */
  readonly objects: readonly AppliedObject[];
  /** One for each user; none if nothing in the bundle reads through the API server. */
  readonly issued: readonly IssueResult[];
  /** What Flux has read, in the order of the bundle. */
  readonly repositories: readonly ReadRepository[];
  /** How long it took. */
  readonly seconds: number;
}

/** Looks at one link of the chain, in a run of its own. */
type Link = (run: Run) => Promise<BrokenLink | undefined>;

/** How long the last look may take, in milliseconds. */
const LAST_LOOK = 5000;

/**
 * Brings a bundle up on a cluster: applies it in order, waits for the pods that serve the charts, issues the
 * certificates, and waits until Flux has read every repository. What is good already stays as it is; a run that was cut
 * off anywhere is mended by the next.
 *
 * A bundle that reads nothing through the API server needs no certificate: nothing is issued then.
 *
 * @example
 * ```ts
 * const { repositories } = await up(await clusterFromKubeconfig(), readBundle('dist'));
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_NOT_READY` with the first link that is broken when the time is over;
 * `ERR_EGGTOOTH_CHAIN` if the bundle breaks a rule; `ERR_EGGTOOTH_GENERATION` if it names a user that was revoked, before
 * anything is written; any other code of a step, at once
 */
export async function up(cluster: Cluster, objects: readonly KubeObject[], options: UpOptions = {}): Promise<UpResult> {
  const start = new Date();
  const chain = Chain.fromObjects(objects);
  assertSound(chain);
  const run = new Run(cluster, options);
  const links: Link[] = [(again) => probeCrds(again, inOrder(objects).crds)];
  try {
    await assertNoneRevoked(run.cluster, chain);
    const applied = await applyAll(run, objects);
    links.push((again) => probeAssets(again, chain));
    await untilHolds(run, () => probeAssets(run, chain));
    let refuted: BrokenLink | undefined;
    links.push(async () => refuted);
    const issued = await certify(run, chain, options, (broken) => {
      refuted = broken;
    });
    const expected = expectedRepositories(chain, issued, start);
    links.push((again) => probeRepositories(again, expected, objects));
    const repositories = await untilAllRead(run, expected, objects);
    return { objects: applied, issued, repositories, seconds: (Date.now() - start.getTime()) / 1000 };
  } catch (error) {
    if (!isError(error, 'ERR_EGGTOOTH_NOT_READY')) throw error;
    const broken = await firstBroken(cluster, links);
    throw broken === undefined ? error : notReady(broken, run.deadline.timeout);
  }
}

/** A link that held may have broken since: the first one in the order of the chain is the cause of the others. */
async function firstBroken(cluster: Cluster, links: readonly Link[]): Promise<BrokenLink | undefined> {
  for (const link of links) {
    const broken = await link(new Run(cluster, { timeout: LAST_LOOK }));
    if (broken !== undefined) return broken;
  }
  return undefined;
}

/** What Flux read before the certificate was signed, it read with another one; what it read in this run counts. */
function expectedRepositories(
  { credentials, objects }: Chain,
  issued: readonly IssueResult[],
  start: Date,
): readonly ExpectedRepository[] {
  const since = new Map<KubeObject, Date>();
  for (const [index, { repositories }] of credentials.entries()) {
    const signed = Date.parse(issued[index]?.notBefore ?? '') + BACKDATE_SECONDS * 1000;
    for (const { object } of repositories) since.set(object, new Date(Math.min(signed, start.getTime())));
  }
  return repositoriesOf(objects).map((object) => ({ object, since: since.get(object) }));
}
