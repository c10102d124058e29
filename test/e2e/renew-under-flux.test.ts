import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../src/kubernetes/kube-object';
import { issue } from '../../src/signing/issue';
import { type RenewOptions, type RenewResult, renew } from '../../src/signing/renew';
import { startFlux } from '../../tools/control-plane';
import { isOurs } from './support/api-proxy';
import { expectOne, fingerprintOf, fluxIsReady, type Lane, startLane } from './support/lane';
import type { SecretObject } from './support/proxied-stage';
import { type Stage, startStage } from './support/stage';
import { watch } from './support/watch';

let stage: Stage;
let lane: Lane;
beforeAll(async () => {
  stage = await startStage();
  lane = await startLane(stage.cluster, 'lane', { interval: '5s' });
  await issue(lane.client, lane.chain());
  await startFlux(stage.cluster);
  await fluxIsReady(stage.cluster, lane);
});
afterAll(() => stage?.stop());
beforeEach(() => lane.proxy.reset());

const renewOne = async (options: RenewOptions = {}): Promise<RenewResult> => {
  const [result] = await renew(lane.client, [lane.chain()], options);
  if (result === undefined) throw new Error('nothing was renewed');
  return result;
};
const unverified = ({ checks }: RenewResult) => checks.filter(({ ok }) => !ok);

describe('renew while Flux reads every 5 s', () => {
  /** Watches Secrets, repositories and the requests of Flux while something runs. */
  async function watched(run: () => Promise<void>) {
    const secrets = await watch<SecretObject & KubeObject>(stage.cluster, '/api/v1/secrets');
    const repositories = await watch<KubeObject>(
      stage.cluster,
      '/apis/source.toolkit.fluxcd.io/v1/namespaces/lane-system/helmrepositories',
    );
    try {
      await run();
    } finally {
      secrets.stop();
      repositories.stop();
    }
    const reads = lane.proxy.calls.filter((call) => !isOurs(call) && call.path.endsWith('/index.yaml'));
    return {
      versions: secrets.versions.filter(({ metadata }) => metadata.name === 'lane-tls'),
      unready: repositories.versions.filter(({ status }) => /"Ready","status":"False"/.test(reordered(status))),
      reads: reads.length,
      failed: reads.filter(({ status }) => status !== 200).length,
    };
  }
  const reordered = (status: unknown) => {
    const { conditions = [] } = (status ?? {}) as { conditions?: { type: string; status: string }[] };
    return JSON.stringify(conditions.map(({ type, status: value }) => ({ type, status: value })));
  };

  test('lets no read of Flux fail and writes no mixed Secret in three renewals in a row', async () => {
    const pause = 12_000;
    const seen = await watched(async () => {
      for (let count = 0; count < 3; count++) {
        expect(unverified(await renewOne({ force: true }))).toEqual([]);
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    });

    console.log(`three renewals under Flux: ${seen.reads} reads, ${seen.failed} failed`);
    expect(seen.reads).toBeGreaterThan(12);
    expect(seen).toMatchObject({ failed: 0, unready: [] });
    expect(seen.versions.length).toBeGreaterThanOrEqual(6);
    for (const secret of seen.versions) fingerprintOf(secret, 'lane-reader');
  });

  test('lets no read of Flux fail and writes no mixed Secret in 20 pairs of concurrent renewals, and the next run converges', async () => {
    let failed = 0;
    const seen = await watched(async () => {
      for (let pair = 0; pair < 20; pair++) {
        const runs = await Promise.allSettled([renewOne({ force: true }), renewOne({ force: true })]);
        failed += runs.filter(({ status }) => status === 'rejected').length;
        expect(unverified(await renewOne())).toEqual([]);
        await expectOne(lane, 'lane-reader');
      }
    });

    console.log(`20 pairs: ${failed} of 40 runs failed; ${seen.reads} reads of Flux, ${seen.failed} failed`);
    expect(seen).toMatchObject({ failed: 0, unready: [] });
    expect(seen.versions.length).toBeGreaterThanOrEqual(80);
    for (const secret of seen.versions) fingerprintOf(secret, 'lane-reader');
  });
});
