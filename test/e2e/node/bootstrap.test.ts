import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bootstrap, ordinaryPodAnswers, type PreparedNode, prepareNode } from '../../../tools/bootstrap/bootstrap';
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

/** The purpose of the project, with the real API server, scheduler, kubelet, containerd and controllers of Flux. */
describe.skipIf(nodeObstacle())('a node without CNI', () => {
  let cluster: ControlPlane;
  let prepared: PreparedNode;
  const events: string[] = [];

  beforeAll(async () => {
    cluster = await startControlPlane();
    prepared = await prepareNode(cluster);
  });
  afterAll(() => cluster?.stop());

  const readyCondition = async () => {
    const { status } = JSON.parse(await cluster.kubectl(['get', 'node', prepared.node.name, '-o', 'json']));
    return status.conditions.find(({ type }: { type: string }) => type === 'Ready');
  };

  const pods = async (...where: string[]): Promise<PodList['items']> =>
    JSON.parse(await cluster.kubectl(['get', 'pods', ...where, '-o', 'json'])).items;

  /** Requests one reconciliation, and waits until Flux has read the repository without any other help. */
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
      { timeout: 240_000 },
    );
  }

  test('is not Ready at first', async () => {
    const ready = await readyCondition();
    expect(ready).toMatchObject({ status: 'False', reason: 'KubeletNotReady' });
    expect(ready.message).toContain('cni plugin not initialized');
  });

  test('becomes Ready with a chart that Flux reads through the API server, and then runs ordinary pods', async () => {
    await bootstrap(cluster, prepared, (event) => events.push(event));

    expect(await readyCondition()).toMatchObject({ status: 'True' });
    expect(await ordinaryPodAnswers(cluster)).toMatch(/^10\.244\.0\.\d+$/);
    expect(events[0]).toBe('the node is not Ready: cni plugin not initialized');
    expect(events).toContainEqual(
      expect.stringMatching(/^an ordinary pod has the address 10\.244\.0\.\d+ and answers$/),
    );
  });

  test('reports the events of the timeline in README.md', () => {
    const timeline = Array.from(
      codeBlock('README.md', 'timeline').matchAll(/ s {2}(.*)$/gm),
      ([, event = '']) => event,
    );
    const anywhere = (list: readonly string[]) => list.map((event) => event.replace(/[\d.]{7,}/, 'ADDRESS')).sort();
    expect(anywhere(events)).toEqual(anywhere(timeline));
  });

  test('runs the assets server, Flux and the CNI as pods on the host network', async () => {
    const onHost = (await pods('-A')).filter(({ spec }) => spec.hostNetwork);
    expect(onHost.map(({ status }) => status.podIP)).toEqual(onHost.map(() => prepared.node.address));
    expect(onHost.map(({ metadata }) => metadata.name).sort()).toEqual([
      expect.stringMatching(/^cni-/),
      expect.stringMatching(/^flux-[0-9a-f]+-/),
      `${names.assets}-0`,
    ]);
  });

  test('lets Flux read again after a restart of the API server', async () => {
    await cluster.restartApiServer();
    await fluxReadsAgain();
  });

  test('lets Flux read again after the pod with the charts was replaced', async () => {
    const where = ['-n', names.namespace, '-l', `app=${names.assets}`];
    const [before] = await pods(...where);
    await cluster.kubectl(['delete', 'pod', `${names.assets}-0`, '-n', names.namespace]);
    await fluxReadsAgain();
    const [after] = await pods(...where);
    expect(after?.metadata.uid).not.toBe(before?.metadata.uid);
  });

  test('runs all its pods again after a reboot, and lets Flux read again', async () => {
    const before = new Map((await pods('-A')).map(({ metadata }) => [metadata.uid, metadata.name]));
    await prepared.node.reboot();
    await eventually(
      async () => {
        const after = await pods('-A');
        expect(new Map(after.map(({ metadata }) => [metadata.uid, metadata.name]))).toEqual(before);
        for (const { status } of after) {
          const { containerStatuses = [] } = status;
          expect(containerStatuses.map(({ ready }) => ready)).toEqual(containerStatuses.map(() => true));
          expect(containerStatuses.map(({ restartCount }) => restartCount)).not.toContain(0);
        }
      },
      { timeout: 240_000 },
    );
    await fluxReadsAgain();
    expect(await readyCondition()).toMatchObject({ status: 'True' });
    expect(await eventually(() => ordinaryPodAnswers(cluster))).toMatch(/^10\.244\.0\.\d+$/);
  });
});
