import { afterAll, beforeAll, expect, test } from 'vitest';
import { usersOf } from '../../src/chain/grants';
import type { Cluster as Client } from '../../src/cluster/cluster';
import { clusterFromKubeconfig } from '../../src/cluster/kubeconfig';
import { EggtoothError } from '../../src/errors';
import { requestReconcile } from '../../src/signing/flux/reconcile-request';
import { waitForFlux } from '../../src/signing/flux/wait-for-flux';
import { readBindings } from '../../src/signing/generation/bindings';
import { issue } from '../../src/signing/issue';
import { renew } from '../../src/signing/renew';
import { revoke } from '../../src/signing/revoke';
import type { Check } from '../../src/signing/verify/check';
import { startFlux } from '../../tools/control-plane';
import { type Fate, isOurs } from './support/api-proxy';
import { eggtooth } from './support/eggtooth';
import { expectOne, fluxIsReady, type Lane, startLane } from './support/lane';
import { type Stage, startStage } from './support/stage';

const LANES = ['lane-a', 'lane-b', 'lane-c', 'lane-d', 'lane-e', 'lane-f'];
const VERBS = ['issue', 'renew', 'revoke'] as const;
type Verb = (typeof VERBS)[number];

/** What goes wrong with one call: at the k-th, and what the caller gets. */
const FAULTS = {
  'kill before': 'kill',
  'kill after': 'kill',
  delay: async (): Promise<Fate> => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    return 'pass';
  },
  409: 409,
  429: 429,
  500: 500,
  503: 503,
  'cut body': 'cut',
} as const;
type Fault = keyof typeof FAULTS;
const KINDS = ['kill before', 'kill after', 'delay', '409', '429', '500', '503', 'cut body'] as const;

/** A lane, and the generation that its reader has by now. */
interface Track {
  readonly lane: Lane;
  generation: number;
}

let stage: Stage;
let direct: Client;
let tracks: readonly Track[];
beforeAll(async () => {
  stage = await startStage();
  direct = await clusterFromKubeconfig({ kubeconfig: stage.cluster.kubeconfig });
  const lanes = await Promise.all(LANES.map((name) => startLane(stage.cluster, name, { closing: true })));
  for (const lane of lanes) await issue(lane.client, lane.chain());
  await startFlux(stage.cluster);
  for (const lane of lanes) await fluxIsReady(stage.cluster, lane);
  tracks = lanes.map((lane) => ({ lane, generation: 1 }));
});
afterAll(async () => {
  direct?.close();
  await stage?.stop();
});

/** Runs a verb on a lane as a library; `due` makes a renewal due by the clock. */
async function runVerb(verb: Verb, { lane, generation }: Track, due: Date): Promise<readonly Check[]> {
  const chain = lane.chain(generation);
  const options = { timeout: 5000 };
  if (verb === 'issue') return (await issue(lane.client, chain, options)).flatMap(({ checks }) => checks);
  if (verb === 'revoke')
    return (await revoke(lane.client, chain, { ...options, grace: 0 })).flatMap((one) => one.checks);
  return (await renew(lane.client, [chain], { ...options, now: () => due })).flatMap(({ checks }) => checks);
}

/** Runs it as a process that is killed. */
async function runKilled(verb: Verb, { lane, generation }: Track, signal: AbortSignal): Promise<void> {
  const flags = { issue: [], renew: ['--force'], revoke: ['--grace', '0s'] }[verb];
  await eggtooth([verb, lane.bundle(generation), '--kubeconfig', lane.kubeconfig, ...flags], { signal });
}

/** Sets the stage for a verb, and tells the clock at which the certificate is due. */
async function prepare(verb: Verb, { lane, generation }: Track): Promise<Date> {
  lane.proxy.reset();
  if (verb === 'issue') await lane.forget(direct);
  if (verb !== 'renew') return new Date();
  const [current] = await renew(lane.client, [lane.chain(generation)]);
  lane.proxy.reset();
  return new Date(current?.renewAt ?? 0);
}

type Outcome = 'not reached' | 'survived' | 'failed';

/** One fault: what became of the first run, after the second has shown that nothing is left of it. */
async function tryFault(track: Track, verb: Verb, kind: (typeof KINDS)[number], k: number): Promise<Outcome> {
  const due = await prepare(verb, track);
  const { proxy } = track.lane;
  let [count, reached] = [0, false];
  const isIt = (moment: 'before' | 'after', wanted: 'before' | 'after', call: { headers: string }) => {
    if (moment !== wanted || reached || !isOurs(call) || count++ !== k) return false;
    reached = true;
    return true;
  };
  let outcome: Outcome = 'survived';
  if (kind.startsWith('kill')) {
    const kill = new AbortController();
    let first: Promise<void> | undefined;
    proxy.interfere(async (call, moment): Promise<Fate> => {
      if (!isIt(moment, kind === 'kill before' ? 'before' : 'after', call)) return 'pass';
      kill.abort();
      await first;
      return 'drop';
    });
    first = runKilled(verb, track, kill.signal);
    await first;
    outcome = 'failed';
  } else {
    const fault = FAULTS[kind as Fault];
    proxy.interfere(async (call, moment): Promise<Fate> => {
      if (!isIt(moment, fault === 'cut' ? 'after' : 'before', call)) return 'pass';
      return typeof fault === 'function' ? fault() : (fault as Fate);
    });
    try {
      if ((await runVerb(verb, track, due)).some(({ ok }) => !ok)) outcome = 'failed';
    } catch (error) {
      if (!(error instanceof EggtoothError)) throw error;
      expect(error.message).not.toMatch(/PRIVATE KEY|from the proxy of the test/);
      outcome = 'failed';
    }
  }
  proxy.interfere();
  const second = await runVerb(verb, track, due);
  if (verb === 'revoke') track.generation++;
  expect(second.filter(({ ok }) => !ok)).toEqual([]);
  await expectConverged(track);
  return reached ? outcome : 'not reached';
}

/** One working certificate in every namespace, no request but its own, and Flux reads with it. */
async function expectConverged({ lane, generation }: Track): Promise<void> {
  const [credential] = lane.chain(generation).credentials;
  if (credential === undefined) throw new Error('the chain has no reader');
  await expectOne(lane, credential.user, direct);
  for (const binding of await readBindings(direct, credential)) expect(usersOf(binding)).toEqual([credential.user]);
  for (const { object } of credential.repositories) await requestReconcile(direct, object);
  const reads = await waitForFlux(direct, credential, { timeout: 10_000 });
  expect(reads.map(({ ok, detail }) => ok || detail)).toEqual([true, true]);
}

test.each(VERBS)(
  'every fault at every call of %s: a second run converges',
  async (verb) => {
    const [track] = tracks;
    if (track === undefined) throw new Error('no lane');
    await runVerb(verb, track, await prepare(verb, track));
    if (verb === 'revoke') track.generation++;
    const calls = track.lane.proxy.calls.filter(isOurs).length;
    const cases = KINDS.flatMap((kind) => Array.from({ length: calls }, (_, k) => ({ kind, k })));
    const counts = { survived: 0, failed: 0, 'not reached': 0 };
    const wrong: string[] = [];
    const waiting = cases.values();
    await Promise.all(
      tracks.map(async (one) => {
        for (const { kind, k } of waiting) {
          try {
            counts[await tryFault(one, verb, kind, k)]++;
          } catch (error) {
            wrong.push(`${kind} at call ${k}: ${error instanceof Error ? error.message : error}`);
          }
        }
      }),
    );

    const tried = counts.survived + counts.failed;
    console.log(
      `${verb}: ${calls} calls, ${tried} faults tried; ${counts.survived} survived by the run itself, ` +
        `${counts.failed} mended by the next run, ${wrong.length} not mended`,
    );
    expect(wrong).toEqual([]);
    // How often a run polls, and so the number of its calls, differs.
    expect(tried).toBeGreaterThan(calls * KINDS.length * 0.75);
  },
  600_000,
);
