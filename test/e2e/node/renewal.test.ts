import { mkdtempSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { App, Duration, Testing } from 'cdk8s';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiServer, BootstrapBundle } from '../../../src';
import { newestFlux } from '../../../src/constructs/flux-aio/flux-releases';
import { fluxCrds } from '../../../src/constructs/flux-aio/load-crds';
import {
  assetsServerImage,
  type ControlPlane,
  controllerImage,
  eggtoothImage,
  eventually,
  makeCharts,
  type Node,
  nodeObstacle,
  readiness,
  startControlPlane,
  startNode,
} from '../../../tools/control-plane';
import { writeBundle } from '../support/bundle';
import { eggtooth } from '../support/eggtooth';

const images = {
  assets: 'registry.example/assets:1',
  flux: 'registry.example/source-controller:1',
  eggtooth: 'registry.example/eggtooth:1',
};
const namespaces = ['platform', 'tenants'];
const RENEWAL_JOB = 'flux-assets-renewal';
const POLICY = `${RENEWAL_JOB}.platform`;

describe.skipIf(nodeObstacle())('the renewal job on a real node without CNI', () => {
  let cluster: ControlPlane;
  let node: Node;
  let bundle: string;

  beforeAll(async () => {
    cluster = await startControlPlane();
    const charts = mkdtempSync(join(cluster.dir, 'charts-'));
    await makeCharts(charts, { charts: [{ name: 'network' }] });
    node = await startNode(cluster);
    await node.addImage(await assetsServerImage(images.assets, charts, 8123));
    await node.addImage(await controllerImage(images.flux, 'source-controller'));
    await node.addImage(await eggtoothImage(images.eggtooth, resolve('lib/run-command.js')));
    await cluster.apply(fluxCrds(newestFlux));
    bundle = writeBundle(join(cluster.dir, 'bundle.yaml'), objects());
    const { code, stderr } = await eggtooth(['up', bundle, '--kubeconfig', cluster.kubeconfig]);
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });
  afterAll(() => cluster?.stop());

  const objects = () =>
    Testing.synth(
      new BootstrapBundle(new App(), 'bundle', {
        apiServer: ApiServer.fromUrl(cluster.url),
        namespace: 'platform',
        assets: { image: images.assets, port: 8123 },
        repositories: namespaces.map((namespace) => ({ name: 'charts', namespace, path: '/charts', interval: '5s' })),
        flux: {
          crds: false,
          controllers: ['source-controller'],
          options: { 'source-controller': { image: images.flux } },
        },
        renewal: { image: images.eggtooth, duration: Duration.hours(12) },
      }),
    );

  const get = async (...args: string[]) => JSON.parse(await cluster.kubectl(['get', ...args, '-o', 'json']));
  const secretOf = (namespace: string) => get('secret', 'flux-assets-tls', '-n', namespace);
  const certificates = () => Promise.all(namespaces.map(async (one) => (await secretOf(one)).data['tls.crt']));
  const startJob = (job: string) =>
    cluster.kubectl(['create', 'job', job, `--from=cronjob/${RENEWAL_JOB}`, '-n', 'platform']);
  const podOf = async (job: string) => (await get('pods', '-n', 'platform', '-l', `job-name=${job}`)).items[0];

  /** Runs a Job of the CronJob until it is complete. */
  async function runJob(job: string): Promise<void> {
    await startJob(job);
    await cluster.kubectl(['wait', '--for=condition=Complete', `job/${job}`, '-n', 'platform', '--timeout=180s']);
  }

  /** Returns whether each repository is Ready, read again and again until the promise is settled. */
  async function readinessUntil(end: Promise<unknown>): Promise<readonly boolean[]> {
    const seen: boolean[] = [];
    let ended = false;
    const stop = () => {
      ended = true;
    };
    end.then(stop, stop);
    while (!ended) {
      for (const namespace of namespaces) {
        seen.push((await readiness(cluster, 'helmrepository', namespace, 'charts')).ready);
      }
    }
    return seen;
  }

  /** Makes a renewal due while all certificates are valid: the namespaces have different ones. */
  async function makeDue(): Promise<void> {
    const patch = (namespace: string, data: object) =>
      cluster.kubectl([
        ...['patch', 'secret', 'flux-assets-tls', '-n', namespace],
        ...['--type=merge', '-p', JSON.stringify({ data })],
      ]);
    const { data } = await secretOf('platform');
    await patch('tenants', { 'tls.crt': '' });
    const { code } = await eggtooth(['issue', bundle, '--kubeconfig', cluster.kubeconfig]);
    expect(code).toBe(0);
    await patch('platform', data);
  }

  test('runs on the host network of a node that is not Ready, and changes nothing that is not due', async () => {
    const before = await certificates();

    await runJob('not-due');

    expect(await certificates()).toEqual(before);
    const { spec, status } = await podOf('not-due');
    expect(spec.nodeName).toBe(node.name);
    expect(status.podIP).toBe(node.address);
    const conditions = (await get('node', node.name)).status.conditions;
    expect(conditions.find(({ type }: { type: string }) => type === 'Ready').status).toBe('False');
  });

  test('renews what is due with only its token, while source-controller goes on reading', async () => {
    await makeDue();
    const before = await certificates();

    const run = runJob('due');
    const seen = await readinessUntil(run);

    await run;
    expect(seen).not.toContain(false);
    const after = await certificates();
    expect(new Set(after).size).toBe(1);
    expect(before).not.toContain(after[0]);
    const { metadata } = await secretOf('platform');
    const request = await get('csr', metadata.annotations['eggtooth.dev/request']);
    expect(request.spec.username).toBe(`system:serviceaccount:platform:${RENEWAL_JOB}`);
    for (const namespace of namespaces) await fluxReadsAgain(namespace);
  });

  async function fluxReadsAgain(namespace: string): Promise<void> {
    const token = new Date().toISOString();
    const repository = ['helmrepository', 'charts', '-n', namespace];
    await cluster.kubectl(['annotate', '--overwrite', ...repository, `reconcile.fluxcd.io/requestedAt=${token}`]);
    await eventually(async () => {
      expect((await get(...repository)).status.lastHandledReconcileAt).toBe(token);
      expect(await readiness(cluster, 'helmrepository', namespace, 'charts')).toMatchObject({ ready: true });
    });
  }

  test('is started by its CronJob', async () => {
    const patchCronJob = (spec: object) =>
      cluster.kubectl([
        ...['patch', 'cronjob', RENEWAL_JOB, '-n', 'platform'],
        ...['--type=merge', '-p', JSON.stringify({ spec })],
      ]);
    await patchCronJob({ schedule: '* * * * *' });

    const isDone = ({ metadata, status }: { metadata: { name: string }; status: { succeeded?: number } }) =>
      metadata.name.startsWith(`${RENEWAL_JOB}-`) && status.succeeded === 1;
    await eventually(async () => (await get('jobs', '-n', 'platform')).items.some(isDone), { timeout: 200_000 });

    await patchCronJob({ suspend: true });
  });

  test('changes nothing while its policy is not in force', async () => {
    await cluster.kubectl(['delete', 'validatingadmissionpolicybinding', POLICY]);
    await makeDue();
    const before = await certificates();

    await startJob('no-policy');
    const { exitCode, message } = await eventually(async () => {
      const pod = await podOf('no-policy');
      return pod?.status.containerStatuses?.[0]?.state.terminated ?? false;
    });

    expect(exitCode).toBe(1);
    expect(message).toContain(`ValidatingAdmissionPolicy ${POLICY}: is not in force`);
    expect(await certificates()).toEqual(before);
  });
});
