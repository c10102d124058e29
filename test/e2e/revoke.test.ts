import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../src/kubernetes/kube-object';
import { usersOf } from '../../src/rights/role-bindings';
import { readBindings } from '../../src/signing/generation/bindings';
import { issue } from '../../src/signing/issue';
import type { RevokeResult } from '../../src/signing/revoke';
import { heldCertificate } from '../../src/signing/secret/held-certificate';
import type { UpResult } from '../../src/up';
import { startFlux } from '../../tools/control-plane';
import { isOurs } from './support/api-proxy';
import { thief } from './support/chain-parts';
import { eggtooth, onlyItem, type Run } from './support/eggtooth';
import { fingerprintOf, fluxIsReady, type Lane, startLane } from './support/lane';
import { type Stage, startStage } from './support/stage';
import { watch } from './support/watch';

const ROUTE = '/api/v1/namespaces/lane-system/pods/lane-0:8123/proxy';

let stage: Stage;
let lane: Lane;
/** A lane whose Flux keeps no connection, so that it needs no grace period. */
let fast: Lane;
beforeAll(async () => {
  stage = await startStage();
  lane = await startLane(stage.cluster, 'lane', { interval: '2m' });
  fast = await startLane(stage.cluster, 'fast', { closing: true });
  for (const one of [lane, fast]) await issue(one.client, one.chain());
  await startFlux(stage.cluster);
  for (const one of [lane, fast]) await fluxIsReady(stage.cluster, one);
});
afterAll(() => stage?.stop());
beforeEach(() => lane.proxy.reset());

const runOn = (one: Lane, verb: string, generation: number, ...flags: string[]): Promise<Run> =>
  eggtooth([verb, one.bundle(generation), '--kubeconfig', one.kubeconfig, ...flags]);
const run = (verb: string, generation: number, ...flags: string[]) => runOn(lane, verb, generation, ...flags);

async function revokeOn(one: Lane, generation: number, ...flags: string[]): Promise<RevokeResult> {
  const { code, stdout, stderr } = await runOn(one, 'revoke', generation, '-o', 'json', ...flags);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return onlyItem('revoke', { stdout });
}

const revoke = (generation: number) => revokeOn(lane, generation);
const revokeFast = (generation: number) => revokeOn(fast, generation, '--grace', '0s');

async function bound(one: Lane): Promise<readonly (readonly string[])[]> {
  const bindings = one.chain().credentials.flatMap((credential) => credential.bindings);
  return (await readBindings(one.client, { bindings })).map(usersOf);
}
const held = async () => (await lane.secrets()).map((secret) => heldCertificate(secret as unknown as KubeObject)?.user);

/** Every object of the lane, by uid and generation. */
async function versions(): Promise<string> {
  const kinds = 'secrets,rolebindings,roles,statefulsets,services,helmrepositories';
  const lists = lane.namespaces.map((namespace) =>
    stage.cluster.kubectl([
      'get',
      kinds,
      '-n',
      namespace,
      '-o=custom-columns=:.kind,:.metadata.name,:.metadata.uid,:.metadata.generation',
    ]),
  );
  return (await Promise.all(lists)).join();
}

describe('revoke', () => {
  test('moves to the next generation without a failed read and leaves the old certificate without rights', async () => {
    const steal = await thief(stage.cluster, 'lane', 'lane-system');
    expect(await steal()).toBe(200);
    const repositories = await watch<KubeObject>(
      stage.cluster,
      `/apis/source.toolkit.fluxcd.io/v1/namespaces/${lane.namespaces[0]}/helmrepositories`,
    );

    const result = await revoke(1);

    repositories.stop();
    expect(result).toMatchObject({ user: 'lane-reader:g2', revoked: 'lane-reader', generation: 2 });
    expect(result.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(result.checks).toEqual(
      expect.arrayContaining([
        {
          check: 'revoked-certificate',
          repository: { namespace: 'lane-shop', name: 'apps' },
          ok: true,
          detail: '403',
        },
        {
          check: 'revoked-user',
          user: 'lane-reader',
          route: ROUTE,
          ok: true,
          detail: `may not get ${ROUTE}`,
        },
        {
          check: 'revoked-rights',
          endpoint: lane.proxy.url,
          ok: true,
          detail: expect.stringMatching(/^none in lane-system, lane-shop: all \d+ rights are those of every/),
        },
      ]),
    );
    expect(result.change).toContain('readerGeneration: 2 of BootstrapBundle');
    expect(await steal()).toBe(403);
    expect(await bound(lane)).toEqual([['lane-reader:g2']]);
    for (const secret of await lane.secrets()) expect(fingerprintOf(secret, 'lane-reader:g2')).toBe(result.fingerprint);
    const reads = lane.proxy.calls.filter((call) => !isOurs(call) && call.path.endsWith('/index.yaml'));
    // The thief read twice, with success and without.
    expect(reads.map(({ status }) => status).filter((status) => status !== 200)).toEqual([403]);
    const unready = repositories.versions.filter(({ status }) => JSON.stringify(status ?? {}).includes('"403 '));
    expect(unready).toEqual([]);
  });

  test('changes nothing and verifies again when it runs a second time', async () => {
    const [before, secrets] = [await versions(), await lane.secrets()];

    const result = await revoke(1);

    expect(result).toMatchObject({ user: 'lane-reader:g2', revoked: 'lane-reader' });
    expect(result.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(await versions()).toBe(before);
    expect(await lane.secrets()).toEqual(secrets);
  });
});

describe('A bundle that still names the revoked user', () => {
  test.each(['up', 'up --dry-run', 'issue', 'issue --dry-run', 'renew', 'renew --force'])(
    'is refused by %s, which writes nothing',
    async (command) => {
      const [verb = '', ...flags] = command.split(' ');
      const before = await versions();

      const { code, stdout, stderr } = await run(verb, 1, ...flags);

      expect(stderr).toMatch(
        /^error: (Secret|RoleBinding) lane-[\w/-]+: is for generation 2 of lane-reader, and the bundle/,
      );
      expect(stderr).toContain('readerGeneration: 2 of BootstrapBundle');
      expect(stderr).toMatch(/\n {2}code: ERR_EGGTOOTH_GENERATION\n$/);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(lane.proxy.calls.filter(({ method, query }) => method !== 'GET' && !query.has('dryRun'))).toEqual([]);
      expect(await versions()).toBe(before);
      expect(await bound(lane)).toEqual([['lane-reader:g2']]);
    },
  );

  test('is refused because of the RoleBinding if the Secrets are gone', async () => {
    await lane.forget();

    for (const verb of ['up', 'issue', 'renew']) {
      const { code, stderr } = await run(verb, 1);
      expect({ code, stderr }).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/^error: RoleBinding lane-system\/lane-reader: is for generation 2/),
      });
    }

    expect(await lane.secrets()).toEqual([]);
  });
});

describe('A bundle with the next generation', () => {
  test('is issued a certificate, after which nothing is due', async () => {
    expect(await run('issue', 2)).toMatchObject({ code: 0 });
    expect(await held()).toEqual(['lane-reader:g2', 'lane-reader:g2']);

    const { stdout } = await run('renew', 2, '-o', 'json');

    expect(onlyItem('renew', { stdout })).toMatchObject({ result: 'not-due', user: 'lane-reader:g2', generation: 2 });
  });

  test('is left unchanged by up, with its RoleBinding and certificate', async () => {
    const { code, stdout, stderr } = await run('up', 2, '-o', 'json', '--timeout', '60s');

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { objects, issued }: UpResult = JSON.parse(stdout);
    expect(objects.filter(({ kind }) => kind === 'RoleBinding').map(({ result }) => result)).toEqual(['unchanged']);
    expect(issued).toMatchObject([{ user: 'lane-reader:g2', unchanged: true }]);
  });

  test('can be revoked too', async () => {
    expect(await revokeFast(1)).toMatchObject({ user: 'fast-reader:g2', revoked: 'fast-reader' });

    const result = await revokeFast(2);

    expect(result).toMatchObject({ user: 'fast-reader:g3', revoked: 'fast-reader:g2', generation: 3 });
    expect(result.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(await bound(fast)).toEqual([['fast-reader:g3']]);
    const { stderr } = await runOn(fast, 'revoke', 1);
    expect(stderr).toMatch(/is for generation 3 of fast-reader/);
  });
});

describe('revoke of a reader that cannot be verified', () => {
  test('keeps the rights of both users while the new certificate cannot read, and the next run completes it', async () => {
    fast.proxy.interfere((call, moment) =>
      moment === 'before' && call.path.includes('/proxy/repos/apps') && isOurs(call) ? 503 : 'pass',
    );

    const { code, stderr } = await runOn(fast, 'revoke', 3, '--grace', '0s', '--timeout', '5s');

    expect(stderr).toMatch(
      /^error: fast-reader:g4 is not verified to read, and nothing is revoked yet:\n {2}index fast-shop/,
    );
    expect(code).toBe(1);
    expect(await bound(fast)).toEqual([['fast-reader:g3', 'fast-reader:g4']]);
    fast.proxy.interfere();
    expect((await revokeFast(3)).user).toBe('fast-reader:g4');
    expect(await bound(fast)).toEqual([['fast-reader:g4']]);
  });
});
