import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cluster as Client } from '../../src/cluster/cluster';
import { clusterFromKubeconfig } from '../../src/cluster/kubeconfig';
import { newestFlux } from '../../src/constructs/flux-aio/flux-releases';
import { fluxCrds } from '../../src/constructs/flux-aio/load-crds';
import type { KubeObject } from '../../src/kubernetes/kube-object';
import { type Until, type UpResult, up } from '../../src/up';
import { type ControlPlane, eventually, makeCharts, startControlPlane, startFlux } from '../../tools/control-plane';
import { parseOutput } from '../support/outputs';
import { type Case, Cases } from './support/cases';

let cluster: ControlPlane;
let client: Client;
let cases: Cases;
beforeAll(async () => {
  cluster = await startControlPlane();
  client = await clusterFromKubeconfig({ kubeconfig: cluster.kubeconfig });
  const charts = mkdtempSync(join(cluster.dir, 'charts-'));
  await makeCharts(charts, {
    'repos/system': [
      { name: 'config' },
      { name: 'web', templates: { 'deployment.yaml': JSON.stringify(deployment('{{ .Release.Name }}', 'web:1')) } },
    ],
    'repos/apps': [{ name: 'config' }],
  });
  cases = new Cases(cluster, charts);
  await cluster.apply(fluxCrds(newestFlux));
  await startFlux(cluster);
});
afterAll(async () => {
  client?.close();
  await cluster?.stop();
});

function deployment(name: string, image: string): KubeObject {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'main', image }] } },
    },
  };
}

/** A HelmRelease of a case. By default its chart is `config` of the repository `system`, and it is retried soon. */
function release({ namespace }: Case, name: string, chart: object = {}, spec: object = {}): KubeObject {
  const strategy = { strategy: { name: 'RetryOnFailure', retryInterval: '5s' } };
  const sourceRef = { kind: 'HelmRepository', name: 'system' };
  return {
    apiVersion: 'helm.toolkit.fluxcd.io/v2',
    kind: 'HelmRelease',
    metadata: { name, namespace },
    spec: {
      interval: '1h',
      chart: { spec: { chart: 'config', sourceRef, ...chart } },
      ...{ install: strategy, upgrade: strategy },
      ...spec,
    },
  };
}

const withReleases = (one: Case, ...releases: readonly KubeObject[]) => [...one.objects, ...releases];
const get = async (kind: string, namespace: string, name: string) =>
  JSON.parse(await cluster.kubectl(['get', kind, name, '-n', namespace, '-o', 'json']));
const suspend = (kind: string, namespace: string, name: string) =>
  cluster.kubectl(['patch', kind, name, '-n', namespace, '--type=merge', '-p', '{"spec":{"suspend":true}}']);

describe.concurrent('where no helm-controller runs, up', () => {
  test('reports that it is not installed, if it is not in the bundle', async () => {
    const one = cases.create();
    const objects = withReleases(one, release(one, 'config'));

    await Promise.all([
      cases.expectLink(
        objects,
        `HelmRelease ${one.namespace}/config: no helm-controller has reconciled it (waited 10 s)`,
        'install helm-controller',
      ),
      cases.serve(one),
    ]);
  });

  test('reports its pod, if it is in the bundle', async () => {
    const one = cases.create();
    const flux = deployment('flux', 'registry.example/fluxcd/helm-controller:v1.6.4');
    const objects = withReleases(one, release(one, 'config'), {
      ...flux,
      metadata: { ...flux.metadata, namespace: one.namespace },
    });

    await Promise.all([
      cases.expectLink(objects, `Pod ${one.namespace}/flux-`, 'check that kube-scheduler runs'),
      cases.serve(one),
    ]);
  });

  test('does not wait for releases with --until sources', async () => {
    const one = cases.create();
    const objects = withReleases(one, release(one, 'config'));

    const [{ code, stdout }] = await Promise.all([
      cases.up(objects, '4m', '--until', 'sources', '-o', 'json'),
      cases.serve(one),
    ]);

    expect(code).toBe(0);
    expect(parseOutput('up', { stdout })).toMatchObject({ releases: [], nodes: [], notWaitedFor: [] });
  });
});

describe('where helm-controller runs, up', () => {
  beforeAll(async () => {
    await startFlux(cluster, { controllers: ['helm-controller'] });
  });

  test.concurrent('ends when every release is Ready, and says which are not waited for', async () => {
    const one = cases.create();
    const objects = withReleases(
      one,
      release(one, 'last', {}, { dependsOn: [{ name: 'first' }] }),
      release(one, 'first', {}, { values: { color: 'red' } }),
      release(one, 'later', {}, { suspend: true }),
    );
    // As after kubectl apply long before: the charts cannot be read yet, and Flux has begun to wait.
    await cluster.apply(objects as never);
    const chart = ['helmchart', `${one.namespace}-first`, '-n', one.namespace];
    await cluster.kubectl(['wait', '--for=create', ...chart, '--timeout=120s']);

    const [{ code, stdout, stderr }] = await Promise.all([cases.up(objects, '4m', '-o', 'json'), cases.serve(one)]);

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const reference = { apiVersion: 'helm.toolkit.fluxcd.io/v2', kind: 'HelmRelease', namespace: one.namespace };
    expect(parseOutput('up', { stdout })).toMatchObject({
      releases: [
        { ...reference, name: 'last', ready: true, revision: '0.1.0' },
        { ...reference, name: 'first', ready: true, revision: '0.1.0' },
      ],
      nodes: [],
      notWaitedFor: [{ ...reference, name: 'later', reason: 'is suspended' }],
    });
    expect((await get('configmap', one.namespace, 'first')).data.values).toContain('red');
    const again = await cases.up(objects, '4m');
    expect(again.stdout).toContain(`\nHelmRelease ${one.namespace}/first is Ready: 0.1.0\n`);
    expect(again.stdout).toContain(`\nnot waited for: HelmRelease ${one.namespace}/later is suspended\n`);
  });

  test.concurrent('waits until a changed release is Ready again', async () => {
    const one = cases.create();
    const values = (color: string) => withReleases(one, release(one, 'config', {}, { values: { color } }));
    await Promise.all([up(client, values('red')), cases.serve(one)]);

    await up(client, values('blue'));

    expect((await get('configmap', one.namespace, 'config')).data.values).toContain('blue');
  });

  test.concurrent.each<[string, object, object, string, string]>([
    [
      'a chart that its repository does not have',
      { chart: 'missing' },
      {},
      'HelmRepository NAMESPACE/system: the index has no chart missing, which HelmRelease NAMESPACE/config takes; it has ',
      'fix the name of the chart in that object',
    ],
    [
      'a version that its repository does not have',
      { version: '>=9' },
      {},
      'HelmRepository NAMESPACE/system: the index has no version of chart config that matches >=9, which HelmRelease',
      'fix the version of the chart in that object',
    ],
    [
      'values that do not exist',
      {},
      { valuesFrom: [{ kind: 'ConfigMap', name: 'nothing' }] },
      "HelmRelease NAMESPACE/config: is not installed: ValuesError: could not resolve ConfigMap chart values reference 'NAMESPACE/nothing'",
      'fix what the message names',
    ],
    [
      'a release that waits for one that does not exist',
      {},
      { dependsOn: [{ name: 'nothing' }] },
      'HelmRelease NAMESPACE/config: waits for HelmRelease NAMESPACE/nothing, which does not exist',
      'apply it, or fix spec.dependsOn',
    ],
    [
      'the pod of a release that is installed, and how often that has failed',
      { chart: 'web' },
      { timeout: '3s' },
      'Pod NAMESPACE/config-',
      'check that kube-scheduler runs',
    ],
  ])('reports %s', async (what, chart, spec, problem, fix) => {
    const one = cases.create();
    const objects = withReleases(one, release(one, 'config', chart, spec));
    const here = (text: string) => text.replaceAll('NAMESPACE', one.namespace);

    const limit = what.startsWith('the pod') ? '30s' : '12s';
    const [{ stderr }] = await Promise.all([cases.expectLink(objects, here(problem), fix, limit), cases.serve(one)]);

    if (what.startsWith('the pod')) {
      expect(stderr).toMatch(/is not scheduled: no scheduler has processed it; HelmRelease \S+\/config is /);
      expect(stderr).toMatch(/(Install|Upgrade)Failed: .* \(\d+ failed attempts?, retried 5s after each\)/);
    }
  });

  test.concurrent('reports a repository that somebody has suspended', async () => {
    const one = cases.create();
    await cluster.apply(one.objects as never);
    await suspend('helmrepository', one.namespace, 'system');

    await Promise.all([
      cases.expectLink(
        withReleases(one, release(one, 'config')),
        `HelmRepository ${one.namespace}/system: is suspended, so Flux does not read it`,
        'set spec.suspend to false',
      ),
      cases.serve(one),
    ]);
  });

  test.concurrent('reports a release that waits for one that somebody has suspended', async () => {
    const one = cases.create();
    const objects = withReleases(
      one,
      release(one, 'config', {}, { dependsOn: [{ name: 'crds' }] }),
      release(one, 'crds', {}, { dependsOn: [{ name: 'nothing' }] }),
    );
    await cluster.apply(objects as never);
    await suspend('helmrelease', one.namespace, 'crds');

    await Promise.all([
      cases.expectLink(
        objects,
        `HelmRelease ${one.namespace}/config: waits for HelmRelease ${one.namespace}/crds, which is suspended`,
        'set its spec.suspend to false',
      ),
      cases.serve(one),
    ]);
  });

  test.concurrent('continues without a pause when what a release needs appears', async () => {
    const one = cases.create();
    const valuesFrom = [{ kind: 'ConfigMap', name: 'values' }];
    const objects = withReleases(one, release(one, 'config', {}, { valuesFrom, interval: '24h' }));
    const steps: string[] = [];
    const values = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'values', namespace: one.namespace } };

    const [{ releases }] = await Promise.all([
      up(client, objects, { timeout: 240_000, onProgress: (step) => steps.push(step) }),
      cases.serve(one),
      eventually(async () => steps.some((step) => step.includes('ValuesError'))).then(() =>
        cluster.apply({ ...values, data: { 'values.yaml': 'color: green' } } as never),
      ),
    ]);

    expect(releases).toMatchObject([{ name: 'config', ready: true }]);
    expect((await get('configmap', one.namespace, 'config')).data.values).toContain('green');
  });

  describe('on a node that lacks a CNI,', () => {
    const ready = (status: string, message: string) => ({
      conditions: [{ type: 'Ready', status, reason: status === 'True' ? 'KubeletReady' : 'KubeletNotReady', message }],
    });
    const NETWORK = 'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady';
    const setStatus = (name: string, status: object) =>
      cluster.kubectl([
        ...['patch', 'node', name, '--subresource=status', '--type=merge'],
        ...['-p', JSON.stringify({ status })],
      ]);
    let one: Case;
    let objects: readonly KubeObject[];
    const upUntil = (until?: Until, timeout = 240_000): Promise<UpResult> => up(client, objects, { until, timeout });
    beforeAll(async () => {
      one = cases.create();
      objects = withReleases(one, release(one, 'config'));
      await cluster.apply(['bare', 'broken'].map((name) => ({ apiVersion: 'v1', kind: 'Node', metadata: { name } })));
      await setStatus('bare', ready('False', NETWORK));
      await setStatus('broken', ready('False', 'container runtime is down'));
      await Promise.all([upUntil('releases'), cases.serve(one)]);
    });

    test('up does not wait for it if the bundle installs none, and reports this', async () => {
      const { nodes, notWaitedFor } = await upUntil();

      expect(nodes).toEqual([]);
      expect(notWaitedFor).toEqual([
        {
          ...{ apiVersion: 'v1', kind: 'Node', name: 'bare' },
          reason: `is not Ready (KubeletNotReady: ${NETWORK}); the bundle installs no DaemonSet with a CNI`,
        },
      ]);
    });

    test('up --until nodes reports it', async () => {
      await expect(upUntil('nodes', 4000)).rejects.toMatchObject({
        code: 'ERR_EGGTOOTH_NOT_READY',
        object: { kind: 'Node', name: 'bare' },
        problem: expect.stringContaining(`is not Ready (KubeletNotReady: ${NETWORK})`),
        fix: 'add a HelmRelease with a CNI to the bundle',
      });
    });

    test('up --until nodes waits for it and for one that joins, and not for one that is not Ready otherwise', async () => {
      const steps: string[] = [];
      const waitsFor = (name: string) =>
        eventually(async () => steps.some((step) => step.startsWith(`waiting for Node ${name}: is not Ready`)));
      const run = up(client, objects, { until: 'nodes', timeout: 240_000, onProgress: (step) => steps.push(step) });
      await waitsFor('bare');
      await cluster.apply({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'joined' } });
      await setStatus('joined', ready('False', NETWORK));
      await setStatus('bare', ready('True', ''));
      await waitsFor('joined');
      await setStatus('joined', ready('True', ''));

      const { nodes, notWaitedFor } = await run;

      expect(nodes.map(({ name }) => name)).toEqual(['bare', 'joined']);
      expect(notWaitedFor).toContainEqual({
        ...{ apiVersion: 'v1', kind: 'Node', name: 'broken' },
        reason: 'is not Ready (KubeletNotReady: container runtime is down)',
      });
    });

    test('up needs no permission to list nodes, except with --until nodes', async () => {
      const limited = await clusterFromKubeconfig({ kubeconfig: await limitedKubeconfig() });
      const before = await get('helmrepository', one.namespace, 'system');

      await expect(up(limited, objects, { until: 'nodes' })).rejects.toMatchObject({
        code: 'ERR_EGGTOOTH_FORBIDDEN',
        fix: expect.stringContaining(
          'grant this permission: {apiGroups: [""], resources: [nodes], verbs: [list]} to the user ',
        ),
      });
      const { releases, nodes, notWaitedFor } = await up(limited, objects, { timeout: 240_000 });
      limited.close();

      expect(releases).toHaveLength(1);
      expect(nodes).toEqual([]);
      expect(notWaitedFor).toMatchObject([
        {
          kind: 'Node',
          name: '*',
          reason: expect.stringMatching(/^cannot be waited for: cannot list the nodes: .*403/),
        },
      ]);
      expect((await get('helmrepository', one.namespace, 'system')).metadata.resourceVersion).toBe(
        before.metadata.resourceVersion,
      );
    });

    /** Somebody who may do everything that the bundle needs, and may not see nodes. */
    async function limitedKubeconfig(): Promise<string> {
      const core = [
        'namespaces',
        'pods',
        'pods/proxy',
        'services',
        'secrets',
        'configmaps',
        'serviceaccounts',
        'events',
      ];
      const all = ['*'];
      const groups = ['apps', 'batch', 'rbac.authorization.k8s.io', 'certificates.k8s.io', 'authorization.k8s.io'];
      const flux = ['source.toolkit.fluxcd.io', 'helm.toolkit.fluxcd.io'];
      const name = 'limited';
      await cluster.apply([
        {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'ClusterRole',
          metadata: { name },
          rules: [
            { apiGroups: [''], resources: core, verbs: all },
            { apiGroups: [...groups, ...flux], resources: all, verbs: all },
          ],
        },
        {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'ClusterRoleBinding',
          metadata: { name },
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
          subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name }],
        },
      ]);
      return cluster.kubeconfigFor({ user: name });
    }
  });
});
