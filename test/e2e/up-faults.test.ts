import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newestFlux } from '../../src/constructs/flux-aio/flux-releases';
import { fluxCrds } from '../../src/constructs/flux-aio/load-crds';
import type { KubeObject } from '../../src/kubernetes/kube-object';
import type { UpResult } from '../../src/up';
import { type ControlPlane, eventually, runPod, startControlPlane, startFlux } from '../../tools/control-plane';
import { type ApiProxy, type Fate, type Interfere, type SeenCall, startApiProxy } from './support/api-proxy';
import { bundleObjects, writeBundle } from './support/bundle';
import { eggtooth, type Run, type RunOptions } from './support/eggtooth';
import { newEndpoint } from './support/endpoint';
import { redirect } from './support/proxied-stage';
import { servedCharts } from './support/stage';

let cluster: ControlPlane;
let proxy: ApiProxy;
let kubeconfig: string;
let charts: string;
const interferences: Interfere[] = [];
beforeAll(async () => {
  cluster = await startControlPlane();
  charts = await servedCharts(cluster.dir);
  proxy = await startApiProxy(cluster);
  proxy.interfere(async (call, moment) => {
    for (const decide of interferences) {
      const fate = await decide(call, moment);
      if (fate !== 'pass') return fate;
    }
    return 'pass';
  });
  kubeconfig = redirect(cluster.kubeconfig, proxy);
});
afterAll(() => cluster?.stop());

const run = (bundle: string, flags: readonly string[] = [], options?: RunOptions): Promise<Run> =>
  eggtooth(['up', bundle, '--kubeconfig', kubeconfig, '-o', 'json', '--timeout', '4m', ...flags], options);

/** A run that succeeds. */
async function upOk(bundle: string): Promise<UpResult> {
  const { code, stdout, stderr } = await run(bundle);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return JSON.parse(stdout);
}

/** A run that is killed at a call, before or after the API server handles it. */
async function runKilled(bundle: string, isIt: (call: SeenCall) => boolean, at: 'before' | 'after'): Promise<void> {
  const kill = new AbortController();
  const first: Promise<Run> = (async () => {
    const killing: Interfere = async (call, moment) => {
      if (moment !== at || kill.signal.aborted || !isIt(call)) return 'pass';
      kill.abort();
      await first;
      return 'drop';
    };
    interferences.push(killing);
    return run(bundle, [], { signal: kill.signal });
  })();
  expect(await first).toMatchObject({ code: null, stdout: '', stderr: '' });
}

/** Expects that the next run completes the one before, and that another one changes nothing. */
async function expectConvergence(bundle: string): Promise<void> {
  const second = await upOk(bundle);
  expect(second.issued.flatMap(({ checks }) => checks.filter(({ ok }) => !ok))).toEqual([]);
  const third = await upOk(bundle);
  expect(third.objects.filter(({ result }) => result !== 'unchanged')).toEqual([]);
  expect(third).toMatchObject({
    issued: second.issued.map(({ fingerprint }) => ({ fingerprint, unchanged: true })),
    repositories: second.repositories,
  });
}

const isWrite = ({ method, query }: SeenCall) => method !== 'GET' && !query.has('dryRun');

describe('while up applies CRDs', () => {
  /** CRDs of a group of their own. */
  const crdsOf = (group: string): readonly KubeObject[] =>
    JSON.parse(JSON.stringify(fluxCrds(newestFlux).slice(0, 3)).replaceAll('toolkit.fluxcd.io', group));

  test.each([
    ['before', 0],
    ['after', 0],
    ['before', 2],
    ['after', 2],
  ] as const)('SIGKILL %s the write of number %i: the next run completes it', async (moment, index) => {
    const crds = crdsOf(`${moment}-${index}.example.org`);
    const bundle = writeBundle(join(cluster.dir, 'crds.yaml'), crds);

    await runKilled(bundle, (call) => isWrite(call) && call.path.endsWith(`/${crds[index]?.metadata.name}`), moment);

    await expectConvergence(bundle);
  });
});

let cases = 0;

/**
 * A bundle for one test, whose pod is run. Flux may use the connection of another reader of the same endpoint, so each
 * bundle has an endpoint of its own.
 */
async function newCase() {
  const number = ++cases;
  const [name, namespace] = [`assets-${number}`, `case-${number}`];
  const namespaces = [namespace, `${namespace}-shop`] as const;
  const url = await newEndpoint(cluster);
  const objects = bundleObjects({ url, certificateAuthority: cluster.ca, namespaces, name });
  const bundle = writeBundle(join(mkdtempSync(join(cluster.dir, 'bundle-')), 'bundle.yaml'), objects);
  const serving = runPod(cluster, { namespace, name: `${name}-0`, port: 8123, folder: charts });
  // The name of a request begins with the user; all other objects are in the namespaces of the case.
  const ours = new RegExp(`/${namespace}(-shop)?(/|$)|/${name}-reader-|"${name}-reader-"`);
  const isOurs = ({ path, body }: SeenCall) =>
    ours.test(path) || (path.endsWith('/certificatesigningrequests') && ours.test(body));
  return { bundle, serving, isOurs, namespace };
}

/** What a call of `up` does, as text. */
function nameOf({ method, path, query, headers }: SeenCall): string {
  const [, place = ''] = /\/case-\d+(-shop)?\//.exec(path) ?? [];
  const [, plural, subresource = ''] = /\/([a-z]+)\/[^/]+(\/approval)?$/.exec(path) ?? [path, path.split('/').pop()];
  const verb = query.has('dryRun') ? 'TRY' : headers.includes('apply-patch') ? 'APPLY' : method;
  return `${verb} ${plural}${subresource}${place}`;
}

/** The writes of a first run. */
const WRITES = [
  'APPLY namespaces',
  'APPLY statefulsets',
  'APPLY services',
  'APPLY roles',
  'APPLY rolebindings',
  'APPLY helmrepositories',
  'APPLY helmrepositories-shop',
  'POST certificatesigningrequests',
  'PATCH certificatesigningrequests/approval',
  'APPLY secrets',
  'APPLY secrets-shop',
  'PATCH helmrepositories',
  'PATCH helmrepositories-shop',
];

describe('with Flux', () => {
  beforeAll(async () => {
    await cluster.apply(fluxCrds(newestFlux));
    await startFlux(cluster);
  });

  test.concurrent('a first run makes the writes of this test, and no others', async () => {
    const { bundle, serving, isOurs } = await newCase();
    await Promise.all([upOk(bundle), serving]);

    const seen = new Set(proxy.calls.filter((call) => isOurs(call) && isWrite(call)).map(nameOf));
    expect([...seen].sort()).toEqual([...WRITES].sort());
  });

  describe.each(['before', 'after'] as const)('SIGKILL %s the API server handles', (moment) => {
    test.concurrent.each(WRITES)('%s: the next run completes it', async (write) => {
      const { bundle, serving, isOurs } = await newCase();

      await runKilled(bundle, (call) => isOurs(call) && nameOf(call) === write, moment);

      await Promise.all([expectConvergence(bundle), serving]);
    });
  });

  describe('transient failures', () => {
    test.concurrent.each<readonly [string, Fate, 'before' | 'after']>([
      ['a connection that drops before the call', 'drop', 'before'],
      ['a connection that drops before the answer', 'drop', 'after'],
      ['status 409', 409, 'before'],
      ['status 429', 429, 'before'],
      ['status 500', 500, 'before'],
      ['status 503', 503, 'before'],
    ])('%s, once at every call: the run succeeds', async (_, fate, at) => {
      const { bundle, serving, isOurs } = await newCase();
      const seen = new Set<string>();
      interferences.push((call, moment) => {
        const name = `${call.method} ${call.path} ${call.query}`;
        if (moment !== at || !isOurs(call) || seen.has(name)) return 'pass';
        seen.add(name);
        return fate;
      });

      await Promise.all([upOk(bundle), serving]);

      expect(seen.size).toBeGreaterThan(20);
      await expectConvergence(bundle);
    });
  });

  test.concurrent('any other rejection ends the run without a retry', async () => {
    const { bundle, isOurs } = await newCase();
    interferences.push((call) => (isOurs(call) && nameOf(call) === 'APPLY roles' ? 422 : 'pass'));

    const { code, stderr } = await run(bundle);

    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: Role case-\d+\/assets-\d+-reader: cannot apply the Role: .* rejects it \(422\)/);
    expect(proxy.calls.filter((call) => isOurs(call) && nameOf(call) === 'APPLY roles')).toHaveLength(1);
  });

  test.concurrent('a run ends at its deadline when the API server stops answering', async () => {
    const { bundle, isOurs } = await newCase();
    let heldAt: number | undefined;
    interferences.push((call) => {
      if (!isOurs(call) || nameOf(call) !== 'APPLY roles') return 'pass';
      heldAt ??= Date.now();
      return 'hold';
    });

    const { code, stderr } = await run(bundle, ['--timeout', '4s']);

    expect(code).toBe(1);
    expect(stderr).toMatch(/cannot apply the Role: the API server .* did not answer in time\n/);
    expect(stderr).toMatch(/code: ERR_EGGTOOTH_UNREACHABLE\n$/);
    expect(Date.now() - (heldAt ?? 0)).toBeLessThan(12_000);
  });

  test.concurrent.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s prints the last step, and the next run completes it', async (killSignal, code) => {
    const { bundle, serving, isOurs, namespace } = await newCase();
    const kill = new AbortController();
    interferences.push((call) => {
      if (kill.signal.aborted || !isOurs(call) || nameOf(call) !== 'APPLY roles') return 'pass';
      kill.abort();
      return 'hold';
    });

    const stopped = await run(bundle, [], { signal: kill.signal, killSignal });

    expect(stopped).toMatchObject({
      code,
      stdout: '',
      stderr: [
        `error: interrupted by ${killSignal}; last step: Service ${namespace}/${namespace.replace('case', 'assets')} created (4 of 8)`,
        '  fix: run the same command again: it continues from there',
        '',
      ].join('\n'),
    });
    await Promise.all([expectConvergence(bundle), serving]);
  });

  test.concurrent('two concurrent runs succeed', async () => {
    const { bundle, serving } = await newCase();
    const [one, other] = await Promise.all([upOk(bundle), upOk(bundle), serving]);

    expect(one.repositories).toEqual(other.repositories);
    await eventually(() => expectConvergence(bundle).then(() => true));
  });
});
