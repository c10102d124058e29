import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Chain } from '../../src/chain/chain';
import { renewalTime } from '../../src/pki/renewal-time';
import { issue } from '../../src/signing/issue';
import { type RenewResult, renew } from '../../src/signing/renew';
import { printCheck } from '../../src/signing/verify/check';
import { startFlux } from '../../tools/control-plane';
import { type Fate, isOurs } from './support/api-proxy';
import { bundleObjects } from './support/bundle';
import { eggtooth, onlyItem } from './support/eggtooth';
import { expectOne, fluxIsReady, type Lane, startLane } from './support/lane';
import type { SecretObject } from './support/proxied-stage';
import { type Stage, startStage } from './support/stage';

let stage: Stage;
let lane: Lane;
beforeAll(async () => {
  stage = await startStage();
  lane = await startLane(stage.cluster, 'lane');
  await issue(lane.client, lane.chain());
  await startFlux(stage.cluster);
  await fluxIsReady(stage.cluster, lane);
});
afterAll(() => stage?.stop());
beforeEach(() => lane.proxy.reset());

const renewOne = async (options: Parameters<typeof renew>[2] = {}): Promise<RenewResult> => {
  const [result] = await renew(lane.client, [lane.chain()], options);
  if (result === undefined) throw new Error('nothing was renewed');
  return result;
};
const renewByHand = (...flags: string[]) =>
  eggtooth(['renew', lane.bundle(), '--kubeconfig', lane.kubeconfig, '-o', 'json', ...flags]);
const unverified = ({ checks }: RenewResult) => checks.filter(({ ok }) => !ok);
const ourCalls = () => lane.proxy.calls.filter(isOurs);

const expectConverged = () => expectOne(lane, 'lane-reader');

describe('renew of a certificate that is not due', () => {
  test('reads each Secret, asks whether its certificate is accepted, and writes nothing', async () => {
    const { code, stdout, stderr } = await renewByHand();

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(onlyItem('renew', { stdout })).toMatchObject({ result: 'not-due', unchanged: true, generation: 1 });
    const calls = ourCalls();
    expect(calls.map(({ method }) => method)).toEqual(['GET', 'GET', 'POST']);
    expect(calls[2]?.path).toBe('/apis/authentication.k8s.io/v1/selfsubjectreviews');
  });

  test('renews it with --force and a new key, and waits until Flux has read with it', async () => {
    const before = await lane.secrets();

    const { code, stdout, stderr } = await renewByHand('--force');

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const result = onlyItem<RenewResult>('renew', { stdout });
    expect(result).toMatchObject({ result: 'renewed', unchanged: false, reason: 'it was forced' });
    expect(result.checks.map(printCheck)).toEqual(
      expect.arrayContaining(['flux lane-system/system', 'flux lane-shop/apps', 'index lane-shop/apps']),
    );
    expect(unverified(result)).toEqual([]);
    await expectConverged();
    const after = await lane.secrets();
    for (const { data } of [...before, ...after]) expect(stdout).not.toContain(data['tls.key']?.slice(60, 120));
    for (const key of ['tls.key', 'tls.crt']) expect(after[0]?.data[key]).not.toBe(before[0]?.data[key]);
  });
});

describe('renew by the clock', () => {
  test('renews a certificate at the moment that the uid of the Secret determines, and not a second before', async () => {
    const { notBefore, notAfter, renewAt = '' } = await renewOne();
    const certificate = { notBefore: new Date(notBefore), notAfter: new Date(notAfter) };
    const secrets: readonly (SecretObject & { metadata: { uid: string } })[] = JSON.parse(
      JSON.stringify(await lane.secrets()),
    );
    const points = secrets.map(({ metadata }) => renewalTime(certificate, metadata.uid).getTime());
    expect(Date.parse(renewAt)).toBe(Math.min(...points));

    const early = await renewOne({ now: () => new Date(Date.parse(renewAt) - 1000) });
    expect(early.result).toBe('not-due');
    const due = await renewOne({ now: () => new Date(renewAt) });

    expect(due.result).toBe('renewed');
    expect(due.reason).toMatch(/^Secret lane-(system|shop)\/lane-tls: its certificate is due for renewal$/);
    expect(unverified(due)).toEqual([]);
    await expectConverged();
  });

  test.each([-600, 600])('renews with a clock that is %i s off, and finds nothing due after that', async (seconds) => {
    const now = () => new Date(Date.now() + seconds * 1000);

    const first = await renewOne({ now, force: true, duration: 3600 });
    const second = await renewOne({ now });

    expect(unverified(first)).toEqual([]);
    expect(second).toMatchObject({ result: 'not-due', fingerprint: first.fingerprint });
    await expectConverged();
  });

  test('renews a certificate of 10 minutes with a clock that is 10 minutes fast', async () => {
    const now = () => new Date(Date.now() + 600_000);

    expect(unverified(await renewOne({ now, force: true, duration: 600 }))).toEqual([]);
    expect(unverified(await renewOne({ force: true }))).toEqual([]);
  });
});

describe('renew whose every write is refused once', () => {
  test.each([409, 429, 500, 503])(
    'with %i fails if it cannot repeat the write, and the next run renews',
    async (refuse) => {
      const refused = new Set<string>();
      lane.proxy.interfere((call, moment) => {
        const what = `${call.method} ${call.path.replace(/lane-reader-\w{5}\b/, 'NAME')} ${call.query}`;
        if (moment === 'after' || call.method === 'GET' || !isOurs(call) || refused.has(what)) return 'pass';
        refused.add(what);
        return refuse;
      });
      const before = await renewOne();

      const succeeds = () => renewOne({ force: true }).then(Boolean, () => false);
      let runs = 1;
      while (!(await succeeds()) && runs < 4) runs++;

      // A request is not created again after an answer that does not tell whether it was created.
      expect(runs).toBe(refuse < 500 ? 1 : 2);
      expect(refused.size).toBeGreaterThan(6);
      lane.proxy.interfere();
      expect((await renewOne()).fingerprint).not.toBe(before.fingerprint);
      await expectConverged();
    },
  );
});

describe('Another CA of the endpoint', () => {
  const caOf = ({ data }: SecretObject) =>
    Buffer.from(data['ca.crt'] ?? '', 'base64')
      .toString('utf8')
      .trim();
  const clientWith = (certificateAuthority: string) => ({
    server: lane.client.server,
    certificateAuthority,
    call: lane.client.call.bind(lane.client),
    close: () => {},
  });

  test('is written into the Secrets, beside the same client certificate', async () => {
    const { fingerprint } = await renewOne();
    const old = Buffer.from(stage.cluster.ca).toString('base64');
    for (const namespace of lane.namespaces) {
      const patch = JSON.stringify({ data: { 'ca.crt': old } });
      await stage.cluster.kubectl(['patch', 'secret', 'lane-tls', '-n', namespace, '--type=merge', '-p', patch]);
    }

    const result = await renewOne();

    expect(result).toMatchObject({ result: 'ca', fingerprint, unchanged: false });
    expect(unverified(result)).toEqual([]);
    expect(await renewOne()).toMatchObject({ result: 'not-due', fingerprint });
    for (const secret of await lane.secrets()) expect(caOf(secret)).toBe(lane.proxy.ca.trim());
    await expectConverged();
  });

  test('is not written beside the one that verifies the endpoint', async () => {
    const { fingerprint } = await renewOne();
    const both = `${stage.cluster.ca.trim()}\n${lane.proxy.ca.trim()}\n`;

    const [result] = await renew(clientWith(both), [lane.chain()]);

    expect(result).toMatchObject({ result: 'not-due', fingerprint });
    for (const secret of await lane.secrets()) expect(caOf(secret)).toBe(lane.proxy.ca.trim());
  });

  test('that does not fit the endpoint is never written', async () => {
    const before = await lane.secrets();

    await expect(renew(clientWith(stage.cluster.ca), [lane.chain()])).rejects.toMatchObject({
      code: 'ERR_EGGTOOTH_CA',
    });

    expect(await lane.secrets()).toEqual(before);
    expect((await renewOne()).result).toBe('not-due');
    for (const secret of await lane.secrets()) expect(caOf(secret)).toBe(lane.proxy.ca.trim());
  });
});

describe('renew of several chains', () => {
  test('renews the others when one fails, and reports the one that failed', async () => {
    const before = await renewOne();
    const namespaces: [string, string] = ['lane-system', 'nowhere'];
    const lost = ['one', 'two'].map((name) =>
      Chain.fromObjects(bundleObjects({ url: lane.proxy.url, name, namespaces })),
    );

    const run = renew(lane.client, [...lost, lane.chain()], { force: true });

    await expect(run).rejects.toMatchObject({
      code: 'ERR_EGGTOOTH_NOT_FOUND',
      problem: expect.stringMatching(/^2 of 3 readers are not renewed; the first: does not exist/),
      object: { kind: 'Namespace', name: 'nowhere' },
    });
    expect((await renewOne()).fingerprint).not.toBe(before.fingerprint);
    await expectConverged();
  });
});

describe('renew of Secrets that were changed by hand', () => {
  const namespaces = ['lane-system', 'lane-shop'] as const;
  const edit = (namespace: string, data: object) =>
    stage.cluster.kubectl([
      ...['patch', 'secret', 'lane-tls', '-n', namespace],
      ...['--type=merge', '-p', JSON.stringify({ data })],
    ]);

  test.each(namespaces)(
    'writes one certificate into both Secrets when the one in %s was deleted',
    async (namespace) => {
      await stage.cluster.kubectl(['delete', 'secret', 'lane-tls', '-n', namespace]);

      expect(await renewOne()).toMatchObject({
        result: 'renewed',
        reason: `Secret ${namespace}/lane-tls: does not exist`,
      });
      await expectConverged();
    },
  );

  test.each(namespaces)('renews both when the one in %s was edited', async (namespace) => {
    await edit(namespace, { 'tls.crt': Buffer.from('by hand').toString('base64') });

    expect(await renewOne()).toMatchObject({
      result: 'renewed',
      reason: `Secret ${namespace}/lane-tls: holds no certificate`,
    });
    await expectConverged();
  });

  test('converges in the next run when one was edited before or after its write', async () => {
    for (const moment of ['before', 'after'] as const) {
      let edits = 0;
      lane.proxy.interfere(async ({ method, path, query }, now): Promise<Fate> => {
        const isWrite = method === 'PATCH' && path.includes('/secrets/') && !query.has('dryRun');
        if (!isWrite || now !== moment || edits++ > 0) return 'pass';
        await edit('lane-shop', { 'tls.key': Buffer.from('by hand').toString('base64') });
        return 'pass';
      });

      await renew(lane.client, [lane.chain()], { force: true, timeout: 5000 }).catch(() => {});
      lane.proxy.interfere();

      expect(unverified(await renewOne())).toEqual([]);
      expect(edits).toBeGreaterThan(0);
      await expectConverged();
    }
  });
});
