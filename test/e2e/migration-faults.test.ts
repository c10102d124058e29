import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { CleanUpResult, MigrateResult } from '../../src/migration';
import type { SeenCall } from './support/api-proxy';
import { current, namesOf, type Reader, thief } from './support/chain-parts';
import { eggtooth, type Run } from './support/eggtooth';
import { resultOf, startProxiedMigrationStage } from './support/migration-stage';
import { actAsSourceWatcher, chainRelease, OCI_NAMESPACE } from './support/oci-bundle';

type Stage = Awaited<ReturnType<typeof startProxiedMigrationStage>>;

let stage: Stage;
let read: Reader;
beforeAll(async () => {
  stage = await startProxiedMigrationStage();
  await actAsSourceWatcher(stage.cluster);
});
afterAll(() => stage?.stop());
beforeEach(async () => {
  await plantChain();
  read = await thief(stage.cluster);
});

const kubectl = (...args: string[]) => stage.cluster.kubectl(args);
const issue = () => eggtooth(['issue', stage.old, '--kubeconfig', stage.kubeconfig]);
const cleanUp = (signal?: AbortSignal) => stage.migrate(['--clean-up'], signal);

/** Restores the state before a clean-up: a working chain, and the new bundle next to it. */
async function plantChain(): Promise<void> {
  stage.proxy.reset();
  await stage.cluster.apply(stage.bundle);
  const issued = await issue();
  if (issued.code !== 0) throw new Error(issued.stderr);
  resultOf(await stage.migrate());
}

/** Expects that another run completes the clean-up, whatever the first one left, and that a third changes nothing. */
async function expectConvergence(left: readonly string[] = []): Promise<void> {
  stage.proxy.reset();
  const { checks } = resultOf<CleanUpResult>(await cleanUp());
  expect(checks.filter(({ ok }) => !ok)).toEqual([]);
  expect(await current(stage.cluster)).toEqual(left);
  expect(await read()).toBe(403);
  expect(resultOf<CleanUpResult>(await cleanUp())).toMatchObject({ removed: [], unchanged: true });
}

/** The objects that a clean-up deletes, by path. The API server completes the name of the request. */
const DELETIONS = [
  /eggtooth-system\/rolebindings\/assets-reader$/,
  /eggtooth-system\/roles\/assets-reader$/,
  /eggtooth-system\/secrets\/assets-tls$/,
  /eggtooth-shop\/secrets\/assets-tls$/,
  /certificatesigningrequests\/assets-reader-\w+$/,
  /eggtooth-system\/helmrepositories\/system$/,
  /eggtooth-shop\/helmrepositories\/apps$/,
  /eggtooth-system\/services\/assets$/,
  /eggtooth-system\/statefulsets\/assets$/,
];

const isDeletion = ({ method, path }: SeenCall, of: RegExp) => method === 'DELETE' && of.test(path);

test('a clean-up deletes the objects of this test, in this order, and no others', async () => {
  resultOf(await cleanUp());

  const deleted = stage.proxy.calls.filter(({ method }) => method === 'DELETE');
  expect(deleted).toHaveLength(DELETIONS.length);
  for (const [index, path] of DELETIONS.entries()) expect(deleted[index]?.path).toMatch(path);
});

/** Kills a run at the first call that fits, before or after the API server handles it. */
async function killAt(
  moment: 'before' | 'after',
  is: (call: SeenCall) => boolean,
  start: (signal: AbortSignal) => Promise<Run>,
): Promise<void> {
  const kill = new AbortController();
  stage.proxy.interfere(async (call, now) => {
    if (now !== moment || !is(call)) return 'pass';
    kill.abort();
    await run;
    return 'drop';
  });
  const run = start(kill.signal);
  expect(await run).toMatchObject({ code: null, stdout: '', stderr: '' });
}

describe('a clean-up that is killed is completed by the next run', () => {
  test.each(DELETIONS)('after the deletion of %s', async (path) => {
    await killAt('after', (call) => isDeletion(call, path), cleanUp);
    await expectConvergence();
  });

  test('before the first deletion', async () => {
    await killAt('before', ({ method }) => method === 'DELETE', cleanUp);
    await expectConvergence();
  });
});

describe('a migration that is killed is completed by the next run', () => {
  test.each([/ocirepositories\/charts$/, /artifactgenerators\/charts$/, /helmreleases\/network$/])(
    'after the write of %s',
    async (path) => {
      await kubectl(
        'delete',
        'ocirepository/charts',
        'artifactgenerator/charts',
        'helmrelease/network',
        '-n',
        OCI_NAMESPACE,
      );
      await stage.cluster.apply(chainRelease());
      const isWrite = (call: SeenCall) => call.method === 'PATCH' && !call.query.has('dryRun') && path.test(call.path);

      await killAt('after', isWrite, (signal) => stage.migrate([], signal));

      stage.proxy.reset();
      const { sources } = resultOf<MigrateResult>(await stage.migrate());
      expect(sources.every(({ ready }) => ready)).toBe(true);
      const { objects } = resultOf<MigrateResult>(await stage.migrate());
      expect(new Set(objects.map(({ result }) => result))).toEqual(new Set(['unchanged']));
      const { spec } = JSON.parse(await kubectl('get', 'helmrelease', 'network', '-n', OCI_NAMESPACE, '-o', 'json'));
      expect([spec.chart, spec.chartRef.kind]).toEqual([undefined, 'ExternalArtifact']);
      await expectConvergence();
    },
  );
});

test('a clean-up repeats deletions whose connection drops', async () => {
  const dropped = new Set<string>();
  stage.proxy.interfere(({ method, path }, moment) => {
    if (method !== 'DELETE' || moment !== 'after' || dropped.has(path)) return 'pass';
    dropped.add(path);
    return 'drop';
  });

  const { checks } = resultOf<CleanUpResult>(await cleanUp());

  expect(dropped.size).toBe(DELETIONS.length);
  expect(checks.filter(({ ok }) => !ok)).toEqual([]);
  expect(await current(stage.cluster)).toEqual([]);
});

test('a clean-up keeps an object that was recreated in the meantime, and reports it', async () => {
  stage.proxy.interfere(async (call, moment) => {
    if (moment === 'before' && isDeletion(call, /eggtooth-shop\/secrets\/assets-tls$/)) {
      stage.proxy.interfere();
      const secret = await kubectl('get', 'secret', 'assets-tls', '-n', 'eggtooth-shop', '-o', 'json');
      await kubectl('delete', 'secret', 'assets-tls', '-n', 'eggtooth-shop');
      const { metadata, ...rest } = JSON.parse(secret);
      const recreated = { ...rest, metadata: { name: metadata.name, namespace: metadata.namespace } };
      await stage.cluster.kubectl(['create', '-f', '-'], JSON.stringify(recreated));
    }
    return 'pass' as const;
  });

  const { code, stderr } = await cleanUp();

  expect(code).toBe(1);
  expect(stderr).toMatch(/^error: Secret eggtooth-shop\/assets-tls: cannot delete the Secret: .*\(409\)/);
  expect(stderr).not.toMatch(/PRIVATE|UFJJVkFURSBLRV/);
  expect(await current(stage.cluster)).toContain('Secret eggtooth-shop/assets-tls');
  await expectConvergence();
});

test('a clean-up deletes the request of the certificate, and one that csr printed', async () => {
  const { stdout } = await eggtooth(['csr', stage.old, '--key-out', join(stage.cluster.dir, 'offline.key')]);
  await stage.cluster.kubectl(['create', '-f', '-'], stdout);
  await kubectl('delete', 'secret', 'assets-tls', '-n', OCI_NAMESPACE);
  await issue();
  const requests = (await current(stage.cluster)).filter((name) => name.startsWith('CertificateSigningRequest'));
  expect(requests).toHaveLength(2);

  const { removed } = resultOf<CleanUpResult>(await cleanUp());

  expect(namesOf(removed).filter((name) => name.startsWith('CertificateSigningRequest'))).toEqual(requests);
  await expectConvergence();
});

test('a clean-up keeps a Secret of the same name that is not ours, and prints why', async () => {
  const target = ['secret', 'assets-tls', '-n', 'eggtooth-shop'];
  await kubectl('delete', ...target);
  await kubectl('create', 'secret', 'generic', 'assets-tls', '-n', 'eggtooth-shop', '--from-literal=tls.crt=other');

  const { kept } = resultOf<CleanUpResult>(await cleanUp());

  expect(kept).toContainEqual({
    apiVersion: 'v1',
    kind: 'Secret',
    namespace: 'eggtooth-shop',
    name: 'assets-tls',
    reason: 'not written by eggtooth, and without a certificate of assets-reader',
  });
  await expectConvergence(['Secret eggtooth-shop/assets-tls']);
  await kubectl('delete', ...target);
});

test('a clean-up deletes a Secret with a certificate of the user that a script wrote', async () => {
  const target = ['secret', 'assets-tls', '-n', 'eggtooth-shop'];
  const { data } = JSON.parse(await kubectl('get', ...target, '-o', 'json'));
  await kubectl('delete', ...target);
  const metadata = { name: 'assets-tls', namespace: 'eggtooth-shop' };
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata, type: 'kubernetes.io/tls', data };
  await stage.cluster.kubectl(['create', '-f', '-'], JSON.stringify(secret));

  const { removed, checks } = resultOf<CleanUpResult>(await cleanUp());

  expect(namesOf(removed)).toContain('Secret eggtooth-shop/assets-tls');
  expect(checks).toContainEqual({
    check: 'revoked-certificate',
    repository: { namespace: 'eggtooth-shop', name: 'apps' },
    ok: true,
    detail: '403',
  });
});

test('a clean-up fails a check that cannot be made, and the next run makes it', async () => {
  stage.proxy.interfere(({ path }) => (path.endsWith('/subjectaccessreviews') ? 'drop' : 'pass'));

  // Until then the call is retried.
  const { code, stdout, stderr } = await stage.migrate(['--clean-up', '--timeout', '30s']);

  expect(code).toBe(1);
  expect(stderr).toContain('revoked: user assets-reader: cannot ask what assets-reader may do');
  const { checks }: CleanUpResult = JSON.parse(stdout);
  expect(checks.map(({ ok }) => ok)).toEqual([true, true, false, true]);
  await expectConvergence();
});

test.each(['{}', '{"status":{}}', '{"status":{"allowed":null}}'])(
  'a clean-up does not take an access review without a verdict for a denial: %s',
  async (body) => {
    const forged = { status: 201, body };
    stage.proxy.interfere(({ path }, moment) =>
      moment === 'after' && path.endsWith('/subjectaccessreviews') ? forged : 'pass',
    );

    const { code, stderr } = await cleanUp();

    expect(code).toBe(1);
    expect(stderr).toContain('revoked: user assets-reader: may still get /api/v1/namespaces/eggtooth-system/pods');
    await expectConvergence();
  },
);

test('a clean-up fails its checks if the user has another right, and names it', async () => {
  await kubectl('create', 'rolebinding', 'late', '-n', OCI_NAMESPACE, '--clusterrole=admin', '--user=assets-reader');

  const { code, stdout, stderr } = await cleanUp();

  expect(code).toBe(1);
  expect(stderr).toMatch(/^error: the clean-up is not verified:/);
  expect(stderr).toContain('revoked: user assets-reader: may still get /api/v1/namespaces/eggtooth-system/pods');
  expect(stderr).toMatch(/code: ERR_EGGTOOTH_VERIFICATION\n$/);
  const { checks }: CleanUpResult = JSON.parse(stdout);
  expect(checks.map(({ check, ok }) => [check, ok])).toEqual([
    ['revoked-certificate', false],
    ['revoked-certificate', false],
    ['revoked-user', false],
    ['gone', true],
  ]);
  await kubectl('delete', 'rolebinding', 'late', '-n', OCI_NAMESPACE);
  await expectConvergence();
});
