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

/** One go of the two people; each step may be run again. */
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

/** The calls of each step, whose n-th of that name is hit. */
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

/** The steps from the one that was hit on, again: they end well, with one request and the same good Secrets. */
async function expectConvergence(two: ReturnType<typeof people>, from: Step): Promise<void> {
  stage.proxy.interfere();
  for (const step of ORDER.slice(ORDER.indexOf(from))) await expectOk(two[step]());
  expect(await requestNames(stage)).toHaveLength(1);
  expect(await secretsOf(stage)).toHaveLength(2);
  const status = await eggtooth(['status', stage.bundle, '--kubeconfig', stage.kubeconfig]);
  expect(status).toMatchObject({ code: 0, stderr: '' });
}

function nth(name: string, n: number): (call: SeenCall) => boolean {
  let count = 0;
  return (call) => nameOf(call) === name && ++count === n;
}

describe.each(['before', 'after'] as const)('%s the API server did what was asked', (moment) => {
  test.each(CALLS)('a connection that drops, %s, %s (%i): the same step again converges', async (step, name, n) => {
    const two = people();
    for (const earlier of ORDER.slice(0, ORDER.indexOf(step))) await expectOk(two[earlier]());
    const isIt = nth(name, n);
    stage.proxy.interfere((call, now) => (now === moment && isIt(call) ? 'drop' : 'pass'));

    const { code, stderr } = await two[step]();

    expect(stderr.match(/^error: /gm)).toHaveLength(1);
    expect(stderr).toMatch(/\n {2}code: ERR_EGGTOOTH_(UNREACHABLE|CHECKS)\n$/);
    expect(code).toBe(1);
    await expectConvergence(two, step);
  });

  test.each(CALLS.filter(([, name]) => /^(create|approve|write|request reconciliation)/.test(name)))(
    'SIGKILL, %s, %s (%i): the same step again converges',
    async (step, name, n) => {
      const two = people();
      for (const earlier of ORDER.slice(0, ORDER.indexOf(step))) await expectOk(two[earlier]());
      const kill = new AbortController();
      const isIt = nth(name, n);
      stage.proxy.interfere(async (call, now) => {
        if (now !== moment || !isIt(call)) return 'pass';
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
