import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { SeenCall } from './support/api-proxy';
import { eggtooth, type Run } from './support/eggtooth';
import { forget, nameOf, type ProxiedStage, requestNames, secretsOf, startProxiedStage } from './support/proxied-stage';

let stage: ProxiedStage;
beforeAll(async () => {
  stage = await startProxiedStage();
});
afterAll(() => stage?.stop());
beforeEach(async () => {
  stage.proxy.reset();
  await forget(stage);
});

/** The steps of two people; each can be run again. */
function people() {
  const keyFile = join(mkdtempSync(join(stage.cluster.dir, 'keys-')), 'tls.key');
  const run = (args: readonly string[], signal?: AbortSignal) =>
    eggtooth([...args, '--kubeconfig', stage.kubeconfig, '-o', 'json'], { signal });
  let made = { name: '', sha256: '' };
  return {
    request: async (signal?: AbortSignal) => {
      const requested = await run(['request', stage.bundle, '--key-out', keyFile], signal);
      if (requested.code === 0) made = JSON.parse(requested.stdout);
      return requested;
    },
    approve: (signal?: AbortSignal) => run(['approve', stage.bundle, made.name, '--expect', made.sha256], signal),
    collect: (signal?: AbortSignal) => run(['collect', stage.bundle, '--key', keyFile], signal),
  };
}

type Step = keyof ReturnType<typeof people>;
const ORDER: readonly Step[] = ['request', 'approve', 'collect'];

/** Calls of each step, by name; n counts the calls of that name. */
const CALLS: readonly (readonly [step: Step, name: string, n: number])[] = [
  ['request', 'create the request', 1],
  ['request', 'read the request', 1],
  ['approve', 'read the request', 1],
  ['approve', 'read the request', 2],
  ['approve', 'approve the request', 1],
  ['collect', 'read the request', 1],
  ['collect', 'read the request', 2],
  ['collect', 'read Secret eggtooth-shop', 1],
  ['collect', 'try to write Secret eggtooth-system', 1],
  ['collect', 'ask whose certificate it is', 1],
  ['collect', 'ask what it may do', 1],
  ['collect', 'write Secret eggtooth-system', 1],
  ['collect', 'write Secret eggtooth-shop', 1],
  ['collect', 'request reconciliation eggtooth-shop', 1],
  ['collect', 'read index apps', 1],
];

async function expectOk(run: Promise<Run>): Promise<void> {
  const { code, stderr } = await run;
  expect(stderr).not.toContain('error: ');
  expect(code).toBe(0);
}

/** Runs a step and those that follow again: they succeed, with one request and valid Secrets. */
async function expectConvergence(two: ReturnType<typeof people>, from: Step): Promise<void> {
  stage.proxy.interfere();
  for (const step of ORDER.slice(ORDER.indexOf(from))) await expectOk(two[step]());
  expect(await requestNames(stage)).toHaveLength(1);
  expect(await secretsOf(stage)).toHaveLength(2);
  const status = await eggtooth(['status', stage.bundle, '--kubeconfig', stage.kubeconfig]);
  expect(status).toMatchObject({ code: 0, stderr: '' });
}

/** Returns a test for the calls of a name from the n-th on: a call that is made again is hit again. */
function fromNth(name: string, n: number): (call: SeenCall) => boolean {
  let count = 0;
  return (call) => nameOf(call) === name && ++count >= n;
}

describe.each(['before', 'after'] as const)('%s the API server has done what was asked', (moment) => {
  test.each(CALLS)(
    'a dropped connection fails %s at %s (%i), and the same step converges when it runs again',
    async (step, name, n) => {
      const two = people();
      for (const earlier of ORDER.slice(0, ORDER.indexOf(step))) await expectOk(two[earlier]());
      const isHit = fromNth(name, n);
      stage.proxy.interfere((call, now) => (now === moment && isHit(call) ? 'drop' : 'pass'));

      const { code, stderr } = await two[step]();

      expect(stderr.match(/^error: /gm)).toHaveLength(1);
      expect(stderr).toMatch(/\n {2}code: ERR_EGGTOOTH_(UNREACHABLE|VERIFICATION)\n$/);
      expect(code).toBe(1);
      await expectConvergence(two, step);
    },
  );

  test.each(CALLS.filter(([, name]) => /^(create|approve|write|request reconciliation)/.test(name)))(
    'SIGKILL ends %s at %s (%i), and the same step converges when it runs again',
    async (step, name, n) => {
      const two = people();
      for (const earlier of ORDER.slice(0, ORDER.indexOf(step))) await expectOk(two[earlier]());
      const kill = new AbortController();
      const isHit = fromNth(name, n);
      stage.proxy.interfere(async (call, now) => {
        if (now !== moment || !isHit(call)) return 'pass';
        kill.abort();
        await killed;
        return 'drop';
      });
      const killed = two[step](kill.signal);

      expect(await killed).toMatchObject({ code: null });
      await expectConvergence(two, step);
    },
  );
});
