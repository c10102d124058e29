import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newestFlux } from '../../src/constructs/flux-aio/flux-releases';
import { fluxCrds } from '../../src/constructs/flux-aio/load-crds';
import type { IssueResult } from '../../src/signing/issue-result';
import type { RenewResult } from '../../src/signing/renew';
import type { ReaderStatus } from '../../src/signing/status';
import type { UpResult } from '../../src/up';
import { type ControlPlane, runPod, startControlPlane, startFlux } from '../../tools/control-plane';
import { bundleObjects, writeBundle } from './support/bundle';
import { eggtooth, onlyItem } from './support/eggtooth';
import { servedCharts } from './support/stage';

/** A cluster whose client CA changes before each test, so that the certificate in the Secrets is not accepted. */
let cluster: ControlPlane;
let bundle: string;
/** The same for an endpoint that only Flux reaches. */
let localBundle: string;
beforeAll(async () => {
  cluster = await startControlPlane();
  await cluster.apply(fluxCrds(newestFlux));
  await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);
  bundle = writeBundle(join(cluster.dir, 'bundle.yaml'), bundleObjects({ url: cluster.url }));
  const local = bundleObjects({ url: 'https://localhost:7445', certificateAuthority: cluster.ca });
  localBundle = writeBundle(join(cluster.dir, 'local.yaml'), local);
  await cluster.apply(bundle);
  const folder = await servedCharts(cluster.dir);
  await runPod(cluster, { namespace: 'eggtooth-system', name: 'assets-0', port: 8123, folder });
});
afterAll(() => cluster?.stop());

const run = (command: string, file = bundle, ...flags: string[]) =>
  eggtooth([command, file, '--kubeconfig', cluster.kubeconfig, '-o', 'json', ...flags]);

/** Issues a certificate, then replaces the CA that signed it. */
async function issueAndReplace(): Promise<IssueResult> {
  const issued = onlyItem<IssueResult>('issue', await run('issue'));
  expect(issued.checks.every(({ ok }) => ok)).toBe(true);
  await cluster.replaceClientCa();
  return issued;
}

const rejection = (namespace: string) =>
  `Secret ${namespace}/assets-tls: the API server ${cluster.url} does not accept its certificate (401): another CA signed it`;

describe('after the client CA of the cluster was replaced', () => {
  let before: IssueResult;
  beforeEach(async () => {
    before = await issueAndReplace();
  });

  test.each([
    ['at the endpoint', () => bundle],
    ['at the server of the kubeconfig, where the endpoint cannot be reached', () => localBundle],
  ])('status fails, because the API server does not accept the certificate: %s', async (_, file) => {
    const { code, stdout, stderr } = await run('status', file());

    const { problems, secrets } = onlyItem<ReaderStatus>('status', { stdout });
    expect(problems).toEqual(['eggtooth-system', 'eggtooth-shop'].map(rejection));
    expect(secrets.map(({ due, fingerprint }) => ({ due, fingerprint }))).toEqual(
      Array.from({ length: 2 }, () => ({ due: undefined, fingerprint: before.fingerprint })),
    );
    expect(stderr).toContain('code: ERR_EGGTOOTH_STATUS');
    expect(code).toBe(1);
  });

  test('issue --dry-run says why a certificate is due, and issue replaces it', async () => {
    const { stderr } = await run('issue', bundle, '--dry-run');
    expect(stderr).toContain(`assets-reader: due, ${rejection('eggtooth-system')}`);

    const issued = onlyItem<IssueResult>('issue', await run('issue'));

    expect(issued).toMatchObject({ unchanged: false });
    expect(issued.fingerprint).not.toBe(before.fingerprint);
    expect(await run('status')).toMatchObject({ code: 0, stderr: '' });
    expect(onlyItem<IssueResult>('issue', await run('issue'))).toMatchObject({ unchanged: true });
  });

  test('issue replaces it where the endpoint cannot be reached from here', async () => {
    const issued = onlyItem<IssueResult>('issue', await run('issue', localBundle));

    expect(issued.fingerprint).not.toBe(before.fingerprint);
    expect(await run('status', localBundle)).toMatchObject({ code: 0, stderr: '' });
  });

  test('renew and up replace it, and Flux reads with the new one', async () => {
    const flux = await startFlux(cluster);
    const renewed = onlyItem<RenewResult>('renew', await run('renew'));
    expect(renewed).toMatchObject({ result: 'renewed', reason: rejection('eggtooth-system') });
    expect(renewed.checks.filter(({ check, ok }) => check === 'flux' && ok)).toHaveLength(2);
    expect(onlyItem<RenewResult>('renew', await run('renew'))).toMatchObject({ result: 'not-due' });

    await cluster.replaceClientCa();
    await flux.restart();
    const { code, stdout } = await run('up');
    expect(code).toBe(0);
    const { issued }: UpResult = JSON.parse(stdout);
    expect(issued.map(({ unchanged }) => unchanged)).toEqual([false]);
    expect(issued[0]?.fingerprint).not.toBe(renewed.fingerprint);
  });
});
