import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bootstrap, type Egg, layEgg, ordinaryPodAnswers } from '../../../tools/bootstrap/bootstrap';
import { names } from '../../../tools/bootstrap/names';
import {
  type ControlPlane,
  eventually,
  nodeObstacle,
  readiness,
  startControlPlane,
} from '../../../tools/control-plane';
import { codeBlock } from '../../support/code-block';

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly uid: string };
    readonly spec: { readonly hostNetwork?: boolean };
    readonly status: {
      readonly podIP?: string;
      readonly containerStatuses?: readonly { readonly ready: boolean; readonly restartCount: number }[];
    };
  }[];
}

/**
 * What the project exists for, with the real API server, scheduler, kubelet, containerd and source-controller. What Flux'
 * helm-controller would do with the chart is done by the real helm, as helm-controller cannot be built here.
 */
describe.skipIf(nodeObstacle())('a node without CNI', () => {
  let cluster: ControlPlane;
  let egg: Egg;
  const told: string[] = [];

  beforeAll(async () => {
    cluster = await startControlPlane();
    egg = await layEgg(cluster);
  });
  afterAll(() => cluster?.stop());

  const readyCondition = async () => {
    const { status } = JSON.parse(await cluster.kubectl(['get', 'node', egg.node.name, '-o', 'json']));
    return status.conditions.find(({ type }: { type: string }) => type === 'Ready');
  };

  const pods = async (...where: string[]): Promise<PodList['items']> =>
    JSON.parse(await cluster.kubectl(['get', 'pods', ...where, '-o', 'json'])).items;

  /** Asks Flux once to read, and waits until it says that it has; whatever it needs for that, nothing helps it. */
  async function fluxReadsAgain(): Promise<void> {
    const repository = ['helmrepository', names.repository, '-n', names.namespace];
    const token = new Date().toISOString();
    await cluster.kubectl(['annotate', '--overwrite', ...repository, `reconcile.fluxcd.io/requestedAt=${token}`]);
    await eventually(
      async () => {
        const { status } = JSON.parse(await cluster.kubectl(['get', ...repository, '-o', 'json']));
        expect(status.lastHandledReconcileAt).toBe(token);
        expect(await readiness(cluster, 'helmrepository', names.namespace, names.repository)).toMatchObject({
          ready: true,
          reason: 'Succeeded',
        });
      },
      { timeout: 90_000 },
    );
  }

  test('is not ready', async () => {
    const ready = await readyCondition();
    expect(ready).toMatchObject({ status: 'False', reason: 'KubeletNotReady' });
    expect(ready.message).toContain('cni plugin not initialized');
  });

  test('becomes ready by a chart that Flux reads through the API server, and runs ordinary pods then', async () => {
    await bootstrap(cluster, egg, (what) => told.push(what));

    expect(await readyCondition()).toMatchObject({ status: 'True' });
    expect(await ordinaryPodAnswers(cluster)).toMatch(/^10\.244\.0\.\d+$/);
    expect(told[0]).toBe('the node is not Ready: cni plugin not initialized');
    expect(told).toContainEqual(
      expect.stringMatching(/^an ordinary pod has the address 10\.244\.0\.\d+, and answers$/),
    );
  });

  test('tells what the timeline in CONTRIBUTING.md tells', () => {
    const timeline = Array.from(
      codeBlock('CONTRIBUTING.md', 'timeline').matchAll(/ s {2}(.*)$/gm),
      ([, what = '']) => what,
    );
    const anywhere = (moments: readonly string[]) => moments.map((what) => what.replace(/[\d.]{7,}/, 'ADDRESS')).sort();
    expect(anywhere(told)).toEqual(anywhere(timeline));
  });

  test('runs the assets server, Flux and the CNI as pods on its own network', async () => {
    const onHost = (await pods('-A')).filter(({ spec }) => spec.hostNetwork);
    expect(onHost.map(({ status }) => status.podIP)).toEqual(onHost.map(() => egg.node.address));
    expect(onHost.map(({ metadata }) => metadata.name).sort()).toEqual([
      expect.stringMatching(/^cni-/),
      expect.stringMatching(/^flux-[0-9a-f]+-/),
      `${names.assets}-0`,
    ]);
  });

  test('has a Flux that reads again when the API server has been started again', async () => {
    await cluster.restartApiServer();
    await fluxReadsAgain();
  });

  test('has a Flux that reads again when the pod with the charts has been replaced', async () => {
    const where = ['-n', names.namespace, '-l', `app=${names.assets}`];
    const [before] = await pods(...where);
    await cluster.kubectl(['delete', 'pod', `${names.assets}-0`, '-n', names.namespace]);
    await fluxReadsAgain();
    const [after] = await pods(...where);
    expect(after?.metadata.uid).not.toBe(before?.metadata.uid);
  });

  test('has all its pods again after a reboot, and a Flux that reads again', async () => {
    const before = new Map((await pods('-A')).map(({ metadata }) => [metadata.uid, metadata.name]));
    await egg.node.reboot();
    await eventually(
      async () => {
        const after = await pods('-A');
        expect(new Map(after.map(({ metadata }) => [metadata.uid, metadata.name]))).toEqual(before);
        for (const { status } of after) {
          expect(status.containerStatuses).toEqual([expect.objectContaining({ ready: true, restartCount: 1 })]);
        }
      },
      { timeout: 90_000 },
    );
    await fluxReadsAgain();
    expect(await readyCondition()).toMatchObject({ status: 'True' });
    expect(await eventually(() => ordinaryPodAnswers(cluster))).toMatch(/^10\.244\.0\.\d+$/);
  });
});
