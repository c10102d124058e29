import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Chain } from '../../../src/chain/chain';
import { check } from '../../../src/chain/rules/check';
import type { KubeObject } from '../../../src/kubernetes/kube-object';
import {
  type Cluster,
  eventually,
  type Node,
  nodeObstacle,
  pauseImage,
  startControlPlane,
  startNode,
} from '../../../tools/control-plane';

/** Compares the rules about host ports with a real scheduler that has one node. */
describe.skipIf(nodeObstacle())('on one node,', () => {
  let cluster: Cluster;
  let node: Node;

  beforeAll(async () => {
    cluster = await startControlPlane();
    node = await startNode(cluster);
    await cluster.apply(holder);
    await cluster.kubectl(['rollout', 'status', 'deployment/holder', '--timeout=180s']);
  });
  afterAll(() => cluster?.stop());

  const holder = deployment('holder', { containers: [container({ containerPort: 9000 })] });

  test.each([
    { what: 'the same port', name: 'same', spec: { containers: [container({ containerPort: 9000 })] } },
    {
      what: 'the same port as a hostPort',
      name: 'host-port',
      spec: { hostNetwork: false, containers: [container({ containerPort: 80, hostPort: 9000 })] },
    },
    {
      what: 'the same port on one address',
      name: 'address',
      spec: { hostNetwork: false, containers: [container({ containerPort: 80, hostPort: 9000, hostIP: '10.0.0.1' })] },
    },
    {
      what: 'the same port in a sidecar among the init containers',
      name: 'sidecar',
      spec: {
        initContainers: [{ ...container({ containerPort: 9000 }), name: 'sidecar', restartPolicy: 'Always' }],
        containers: [container({ containerPort: 9001 })],
      },
    },
    {
      what: 'another port',
      name: 'other-port',
      spec: { containers: [container({ containerPort: 9002 })] },
      scheduled: true,
    },
    {
      what: 'the same number for UDP',
      name: 'udp',
      spec: { containers: [container({ containerPort: 9000, protocol: 'UDP' })] },
      scheduled: true,
    },
    {
      what: 'the same port in the network of the pod',
      name: 'inside',
      spec: { hostNetwork: false, containers: [container({ containerPort: 9000 })] },
      scheduled: true,
    },
  ])(
    'a second pod with $what is scheduled if and only if the rule host-ports has no finding',
    async ({ name, spec, scheduled }) => {
      const second = deployment(name, spec);
      const rules = check(Chain.fromObjects([holder, second]));

      await cluster.apply(second);

      expect(rules.map(({ rule }) => rule)).toEqual(scheduled ? [] : ['host-ports']);
      const condition = await eventually(() => scheduling(name));
      if (scheduled) expect(condition.status).toBe('True');
      else expect(condition).toMatchObject({ status: 'False', message: expect.stringContaining(noPorts) });
    },
  );

  test.each([
    { what: 'never completes with the default strategy', name: 'default', port: 9100, strategy: {} },
    { what: 'never completes with a surge', name: 'surge', port: 9101, strategy: { rollingUpdate: { maxSurge: 1 } } },
    { what: 'completes with Recreate', name: 'recreate', port: 9102, strategy: { type: 'Recreate' }, completes: true },
    {
      what: 'completes without a surge',
      name: 'no-surge',
      port: 9103,
      strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
      completes: true,
    },
  ])('an update of a pod $what, as the rule host-port-surge reports', async ({ name, port, strategy, completes }) => {
    const first = deployment(name, { containers: [container({ containerPort: port })] }, strategy);
    await cluster.apply(first);
    await cluster.kubectl(['rollout', 'status', `deployment/${name}`, '--timeout=180s']);
    const rules = check(Chain.fromObjects([first]));

    await cluster.kubectl(['rollout', 'restart', `deployment/${name}`]);

    expect(rules.map(({ rule }) => rule)).toEqual(completes ? [] : ['host-port-surge']);
    const status = cluster.kubectl(['rollout', 'status', `deployment/${name}`, `--timeout=${completes ? 180 : 5}s`]);
    if (completes) await expect(status).resolves.toContain('successfully rolled out');
    else {
      await expect(status).rejects.toThrow('timed out waiting');
      expect(await cluster.kubectl(['get', 'pods', '-l', `app=${name}`, '-o', 'json'])).toContain(noPorts);
    }
  });

  /** The condition PodScheduled of the only pod. */
  async function scheduling(name: string): Promise<{ status: string; message?: string }> {
    const { items } = JSON.parse(await cluster.kubectl(['get', 'pods', '-l', `app=${name}`, '-o', 'json']));
    const conditions: { type: string; status: string; message?: string }[] = items[0].status.conditions;
    const condition = conditions.find(({ type }) => type === 'PodScheduled');
    if (condition === undefined) throw new Error(`the scheduler has not processed ${name} for ${node.name}`);
    return condition;
  }
});

const noPorts = "didn't have free ports for the requested pod ports";

function container(port: object): object {
  return { name: 'pause', image: pauseImage, imagePullPolicy: 'Never', ports: [port] };
}

function deployment(name: string, spec: object, strategy: object = { type: 'Recreate' }): KubeObject {
  const labels = { app: name };
  const pod = { hostNetwork: true, tolerations: [{ operator: 'Exists' }], terminationGracePeriodSeconds: 0, ...spec };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default' },
    spec: { strategy, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: pod } },
  };
}
