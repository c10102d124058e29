import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cluster as Client } from '../../src/cluster/cluster';
import { clusterFromKubeconfig } from '../../src/cluster/kubeconfig';
import { EggtoothError } from '../../src/errors';
import { usersOf } from '../../src/rights/role-bindings';
import { requestReconcile } from '../../src/signing/flux/reconcile-request';
import { waitForFlux } from '../../src/signing/flux/wait-for-flux';
import { readBindings } from '../../src/signing/generation/bindings';
import { issue } from '../../src/signing/issue';
import { renew } from '../../src/signing/renew';
import { revoke } from '../../src/signing/revoke';
import type { Check } from '../../src/signing/verify/check';
import { startFlux } from '../../tools/control-plane';
import { type Fate, isOurs, type SeenCall } from './support/api-proxy';
import { eggtooth } from './support/eggtooth';
import { expectOne, fluxIsReady, type Lane, startLane } from './support/lane';
import { type Stage, startStage } from './support/stage';

const LANES = ['lane-a', 'lane-b', 'lane-c', 'lane-d', 'lane-e', 'lane-f'];
type Verb = 'issue' | 'renew' | 'revoke';

/** What happens at one call of a run. */
interface Fault {
  readonly moment: 'before' | 'after';
  /** `kill` ends the process that made the call. */
  readonly fate: 'kill' | 'delay' | Fate;
}

const FAULTS: Readonly<Record<string, Fault>> = {
  'SIGKILL before the API server handles a call': { moment: 'before', fate: 'kill' },
  'SIGKILL after the API server handled a call': { moment: 'after', fate: 'kill' },
  'a delay': { moment: 'before', fate: 'delay' },
  'status 409': { moment: 'before', fate: 409 },
  'status 429': { moment: 'before', fate: 429 },
  'status 500': { moment: 'before', fate: 500 },
  'status 503': { moment: 'before', fate: 503 },
  'a truncated answer': { moment: 'after', fate: 'cut' },
};

/**
 * The faults of each verb. revoke makes twice as many calls, and each of its runs takes several times as long: all faults
 * at all its calls take eight minutes, and have a command of their own (npm run test:faults).
 */
const ALL = Object.keys(FAULTS);
const FAULTS_OF: Readonly<Record<Verb, readonly string[]>> = {
  issue: ALL,
  renew: ALL,
  revoke: process.env.ALL_FAULTS ? ALL : ['SIGKILL after the API server handled a call', 'status 500'],
};

/** A lane, and the generation of its reader. */
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

/** Runs a verb on a lane as a library; `due` is a time at which a renewal is due. */
async function runVerb(verb: Verb, { lane, generation }: Track, due: Date): Promise<readonly Check[]> {
  const chain = lane.chain(generation);
  const options = { timeout: 5000 };
  if (verb === 'issue') return (await issue(lane.client, chain, options)).flatMap(({ checks }) => checks);
  if (verb === 'revoke') {
    return (await revoke(lane.client, chain, { ...options, grace: 0 })).flatMap(({ checks }) => checks);
  }
  return (await renew(lane.client, [chain], { ...options, now: () => due })).flatMap(({ checks }) => checks);
}

/** Runs a verb as a process that the signal kills. */
async function runKilled(verb: Verb, { lane, generation }: Track, signal: AbortSignal): Promise<void> {
  const flags = { issue: [], renew: ['--force'], revoke: ['--grace', '0s'] }[verb];
  await eggtooth([verb, lane.bundle(generation), '--kubeconfig', lane.kubeconfig, ...flags], { signal });
}

/** Prepares a lane so that the verb has something to do; returns a time at which the certificate is due for renewal. */
async function prepare(verb: Verb, { lane, generation }: Track): Promise<Date> {
  lane.proxy.reset();
  if (verb === 'issue') await lane.forget(direct);
  if (verb !== 'renew') return new Date();
  const [current] = await renew(lane.client, [lane.chain(generation)]);
  lane.proxy.reset();
  return new Date(current?.renewAt ?? 0);
}

type Outcome = 'not reached' | 'succeeded' | 'failed';

/**
 * Counts the calls of a run. A read that was made before, without a write since, is a poll and does not count: how
 * often a run polls depends on how slow the machine is.
 */
function callCounter(): (call: SeenCall) => number | undefined {
  const reads = new Set<string>();
  let count = 0;
  return (call) => {
    const { method, path, query } = call;
    const key = `${path} ${query}`;
    if (!isOurs(call) || (method === 'GET' && reads.has(key))) return undefined;
    if (method === 'GET') reads.add(key);
    else reads.clear();
    return count++;
  };
}

/**
 * Injects a fault at the k-th call of a run, and expects that a second run completes it. Returns how the first run
 * ended.
 */
async function tryFault(track: Track, verb: Verb, { moment, fate }: Fault, k: number): Promise<Outcome> {
  const due = await prepare(verb, track);
  const { proxy } = track.lane;
  const numberOf = callCounter();
  let isReached = false;
  const isIt = (call: SeenCall, now: Fault['moment']) => {
    if (now !== moment || numberOf(call) !== k) return false;
    isReached = true;
    return true;
  };
  let outcome: Outcome = 'succeeded';
  if (fate === 'kill') {
    const kill = new AbortController();
    proxy.interfere(async (call, now): Promise<Fate> => {
      if (!isIt(call, now)) return 'pass';
      kill.abort();
      await killed;
      return 'drop';
    });
    const killed = runKilled(verb, track, kill.signal);
    await killed;
    outcome = 'failed';
  } else {
    proxy.interfere(async (call, now): Promise<Fate> => {
      if (!isIt(call, now)) return 'pass';
      if (fate !== 'delay') return fate;
      await new Promise((resolve) => setTimeout(resolve, 300));
      return 'pass';
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
  const checks = await runVerb(verb, track, due);
  if (verb === 'revoke') track.generation++;
  expect(checks.filter(({ ok }) => !ok)).toEqual([]);
  await expectConverged(track);
  return isReached ? outcome : 'not reached';
}

/** Expects one valid certificate in all namespaces, no other bound user, and that Flux reads. */
async function expectConverged({ lane, generation }: Track): Promise<void> {
  const [credential] = lane.chain(generation).credentials;
  if (credential === undefined) throw new Error('the chain has no reader');
  await expectOne(lane, credential.user, direct);
  for (const binding of await readBindings(direct, credential)) expect(usersOf(binding)).toEqual([credential.user]);
  for (const { object } of credential.repositories) await requestReconcile(direct, object);
  const reads = await waitForFlux(direct, credential, { timeout: 60_000 });
  expect(reads.map(({ ok, detail }) => ok || detail)).toEqual([true, true]);
}

/** Returns the number of calls of a run without faults. */
async function countCalls(verb: Verb, track: Track): Promise<number> {
  const due = await prepare(verb, track);
  await runVerb(verb, track, due);
  if (verb === 'revoke') track.generation++;
  const numberOf = callCounter();
  return track.lane.proxy.calls.filter((call) => numberOf(call) !== undefined).length;
}

describe.each(['issue', 'renew', 'revoke'] as const)(
  '%s, interrupted at any call, is completed by a second run',
  (verb) => {
    test.each(FAULTS_OF[verb])(
      'after %s',
      async (name) => {
        const [track] = tracks;
        const fault = FAULTS[name];
        if (track === undefined || fault === undefined) throw new Error('no lane, or no fault');
        const calls = await countCalls(verb, track);
        const counts = { succeeded: 0, failed: 0, 'not reached': 0 };
        const wrong: string[] = [];
        let next = 0;
        await Promise.all(
          tracks.map(async (one) => {
            while (counts['not reached'] === 0) {
              const k = next++;
              try {
                counts[await tryFault(one, verb, fault, k)]++;
              } catch (error) {
                wrong.push(`at call ${k}: ${error instanceof Error ? error.message : error}`);
                if (wrong.length > calls) return;
              }
            }
          }),
        );

        console.log(
          `${verb}, ${name}: ${counts.succeeded} runs succeeded, ${counts.failed} were completed by the next run, ` +
            `${wrong.length} were not`,
        );
        expect(wrong).toEqual([]);
        // A run deletes the request of the certificate that it replaces, if there is one.
        expect(counts.succeeded + counts.failed).toBeGreaterThan(calls * 0.75);
      },
      1_800_000,
    );
  },
);
