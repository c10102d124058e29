import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ClusterObjects } from '../../src/cluster/cluster-objects';
import type { KubeObject } from '../../src/kubernetes/kube-object';
import { certificateSigningRequest, requestGvk } from '../../src/pki/certificate-signing-request';
import { createRequest } from '../../src/pki/create-request';
import { issue } from '../../src/signing/issue';
import type { IssueResult } from '../../src/signing/issue-result';
import { renew } from '../../src/signing/renew';
import { requestLabels } from '../../src/signing/request/own-requests';
import { startFlux } from '../../tools/control-plane';
import { type Fate, isOurs, type SeenCall } from './support/api-proxy';
import { expectOne, fluxIsReady, type Lane, startLane } from './support/lane';
import { type Stage, startStage } from './support/stage';

const READER = 'lane-reader';

let stage: Stage;
let lane: Lane;
let objects: ClusterObjects;
beforeAll(async () => {
  stage = await startStage();
  lane = await startLane(stage.cluster, 'lane');
  objects = new ClusterObjects(lane.client);
  await issue(lane.client, lane.chain());
  await startFlux(stage.cluster);
  await fluxIsReady(stage.cluster, lane);
});
afterAll(() => stage?.stop());
beforeEach(async () => {
  lane.proxy.reset();
  await stage.cluster.kubectl(['delete', 'csr', '--all']);
  await lane.forget();
});

const RUNS = {
  issue: async () => (await issue(lane.client, lane.chain(), { timeout: 10_000 }))[0],
  'renew --force': async () => (await renew(lane.client, [lane.chain()], { timeout: 10_000, force: true }))[0],
} as const satisfies Record<string, () => Promise<IssueResult | undefined>>;
type Verb = keyof typeof RUNS;
const VERBS: readonly Verb[] = ['issue', 'renew --force'];

async function resultOf(verb: Verb): Promise<IssueResult> {
  const result = await RUNS[verb]();
  if (result === undefined) throw new Error('there is no reader');
  expect(result.checks.filter(({ ok }) => !ok)).toEqual([]);
  return result;
}

/** Makes a certificate due, without what it names. */
const damage = () => patchSecret({ data: { 'tls.crt': '' } });
const patchSecret = (patch: object) =>
  stage.cluster.kubectl([
    ...['patch', 'secret', 'lane-tls', '-n', 'lane-shop', '--type=merge'],
    ...['-p', JSON.stringify(patch)],
  ]);

const isRequest = ({ method, path }: SeenCall, wanted: string) =>
  method === wanted && /\/certificatesigningrequests\/[^/]+$/.test(path);
const names = async () => (await lane.requests()).map(({ metadata }) => metadata.name);

test.each(VERBS)('%s deletes the request that it replaces, by its uid, and lists none', async (verb) => {
  const first = await resultOf(verb);
  await damage();
  lane.proxy.reset();

  const second = await resultOf(verb);

  const calls = lane.proxy.calls.filter(isOurs);
  expect(await names()).toEqual([second.csr?.name]);
  const deletions = calls.filter((call) => isRequest(call, 'DELETE'));
  expect(deletions.map(({ body }) => JSON.parse(body).preconditions)).toEqual([{ uid: first.csr?.uid }]);
  expect(calls.filter(({ method, path }) => method === 'GET' && path.endsWith('/certificatesigningrequests'))).toEqual(
    [],
  );
});

describe.each<readonly [Verb, Verb]>([
  ['issue', 'issue'],
  ['renew --force', 'renew --force'],
  ['renew --force', 'issue'],
  ['issue', 'renew --force'],
])('While %s waits for a slow signer', (slow, quick) => {
  test(`a complete run of ${quick} leaves its approved request, and both succeed`, async () => {
    let approved = () => {};
    const isApproved = new Promise<void>((resolve) => {
      approved = resolve;
    });
    let release = () => {};
    const isReleased = new Promise<void>((resolve) => {
      release = resolve;
    });
    let own: string | undefined;
    lane.proxy.interfere(async (call, moment): Promise<Fate> => {
      if (moment === 'after' && own === undefined && /\/approval$/.test(call.path)) {
        own = call.path.replace(/\/approval$/, '');
        approved();
      } else if (moment === 'before' && call.path === own && call.method === 'GET') {
        await isReleased;
      }
      return 'pass';
    });

    const waiting = resultOf(slow);
    await isApproved;
    const complete = await resultOf(quick);
    const left = await names();
    release();
    const late = await waiting;

    expect(left.sort()).toEqual([complete.csr?.name, late.csr?.name].sort());
    const deleted = lane.proxy.calls.filter((call) => isRequest(call, 'DELETE')).map(({ path }) => path);
    expect(deleted).not.toContain(own);
    await resultOf('issue');
    await expectOne(lane, READER);
  });
});

describe.each(VERBS)('%s gives its result', (verb) => {
  test.each<readonly [what: string, wanted: string, fate: Fate]>([
    ['500 to the deletion', 'DELETE', 500],
    ['503 to the deletion', 'DELETE', 503],
    ['403 to the deletion', 'DELETE', 403],
    ['409 to the deletion', 'DELETE', 409],
    ['a page of HTML to the deletion', 'DELETE', { status: 200, contentType: 'text/html', body: '<html></html>' }],
    ['a dropped connection to the deletion', 'DELETE', 'drop'],
    ['no answer to the deletion', 'DELETE', 'hold'],
    ['500 to the look before it', 'GET', 500],
    ['403 to the look before it', 'GET', 403],
  ])(
    'after %s of the replaced request',
    async (_, wanted, fate) => {
      const replaced = await resultOf(verb);
      await damage();
      let count = 0;
      lane.proxy.interfere((call, moment) => {
        if (moment !== 'before' || !isRequest(call, wanted) || !call.path.endsWith(`/${replaced.csr?.name}`))
          return 'pass';
        count++;
        return fate;
      });

      const result = await resultOf(verb);

      expect(count).toBeGreaterThan(0);
      expect(result).toMatchObject({ unchanged: false });
      expect(result.fingerprint).not.toBe(replaced.fingerprint);
      lane.proxy.reset();
      await expectOne(lane, READER);
      expect((await names()).sort()).toEqual([replaced.csr?.name, result.csr?.name].sort());
    },
    60_000,
  );
});

describe('A Secret that names a request that is not for its reader', () => {
  async function stranger(metadata: object): Promise<KubeObject> {
    const { request } = await createRequest({ user: 'somebody-else' });
    const named = { name: 'stranger', ...metadata };
    return objects.create(certificateSigningRequest({ metadata: named, request, algorithm: 'P-256' }));
  }

  test.each([
    ['of a stranger', {}],
    ['of another reader', { labels: requestLabels({ name: 'another-reader' }) }],
    ['that eggtooth request made', { labels: { 'app.kubernetes.io/managed-by': 'eggtooth' } }],
  ])('makes no run delete the request %s', async (_, metadata) => {
    await resultOf('issue');
    const { metadata: found } = await stranger(metadata);
    const annotations = {
      'eggtooth.dev/request': 'stranger',
      'eggtooth.dev/request-uid': (found as { readonly uid?: string }).uid,
    };
    await patchSecret({ metadata: { annotations } });

    await resultOf('renew --force');

    expect(await objects.get({ ...requestGvk, name: 'stranger' })).toBeDefined();
  });

  test('makes no run delete a recreated request of the same name', async () => {
    const first = await resultOf('issue');
    await stage.cluster.kubectl(['delete', 'csr', first.csr?.name ?? '']);
    await stranger({ name: first.csr?.name ?? '', labels: requestLabels({ name: READER }) });

    await resultOf('renew --force');

    expect(await objects.get({ ...requestGvk, name: first.csr?.name ?? '' })).toBeDefined();
  });
});
