import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CA_ANNOTATION } from '../../src/chain/proxy-url';
import type { Cluster as Client } from '../../src/cluster/cluster';
import { clusterFromKubeconfig } from '../../src/cluster/kubeconfig';
import { newestFlux } from '../../src/constructs/flux-aio/flux-releases';
import { fluxCrds } from '../../src/constructs/flux-aio/load-crds';
import type { KubeObject } from '../../src/kubernetes/kube-object';
import { applyObjects, up as upWith } from '../../src/up';
import { type ControlPlane, eventually, startControlPlane, startFlux } from '../../tools/control-plane';
import { startApiProxy } from './support/api-proxy';
import { type BundleOptions, writeBundle } from './support/bundle';
import { type Case, Cases } from './support/cases';
import { eggtooth } from './support/eggtooth';
import { bind, patchStatus, waitForPod } from './support/kubelet';
import { servedCharts } from './support/stage';

let cluster: ControlPlane;
let client: Client;
let cases: Cases;
beforeAll(async () => {
  cluster = await startControlPlane();
  client = await clusterFromKubeconfig({ kubeconfig: cluster.kubeconfig });
  cases = new Cases(cluster, await servedCharts(cluster.dir));
});
afterAll(async () => {
  client?.close();
  await cluster?.stop();
});

const newCase = (options?: Partial<BundleOptions>) => cases.create(options);
const up = (objects: readonly KubeObject[], timeout?: string) => cases.up(objects, timeout);
const expectLink: Cases['expectLink'] = (...args) => cases.expectLink(...args);
const serve: Cases['serve'] = (...args) => cases.serve(...args);

/** Sets the status of a case's pod as a kubelet would. */
async function pretend({ namespace, name }: Case, containerStatus: object, podStatus: object = {}): Promise<void> {
  const pod = `${name}-0`;
  await waitForPod(cluster, namespace, pod);
  await bind(cluster, namespace, pod);
  const status = {
    name: 'assets-server',
    image: 'registry.example/assets:1',
    imageID: '',
    ready: false,
    restartCount: 0,
  };
  await patchStatus(cluster, namespace, pod, {
    phase: 'Pending',
    containerStatuses: [{ ...status, ...containerStatus }],
    ...podStatus,
  });
}

/** The objects of a bundle with another image of the assets server, and perhaps more replicas. */
const withImage = (objects: readonly KubeObject[], image: string, replicas = 1) =>
  mapped(objects, 'StatefulSet', (object) => {
    const copy = structuredClone(object);
    const spec = copy.spec as { replicas: number; template: { spec: { containers: { image: string }[] } } };
    spec.replicas = replicas;
    for (const container of spec.template.spec.containers) container.image = image;
    return copy;
  });

const mapped = (objects: readonly KubeObject[], kind: string, change: (object: KubeObject) => KubeObject) =>
  objects.map((object) => (object.kind === kind ? change(object) : object));

describe('up reports a CRD', () => {
  test('whose names are in use', async () => {
    const [crd] = fluxCrds(newestFlux).filter(({ metadata }) => metadata.name?.startsWith('helmrepositories.'));
    const other = JSON.parse(JSON.stringify(crd).replaceAll('helmrepositories', 'nests'));
    other.spec.names.singular = 'nest';
    await cluster.apply(other);
    await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);

    const { stderr } = await expectLink(
      fluxCrds(newestFlux),
      'CustomResourceDefinition helmrepositories.source.toolkit.fluxcd.io: is not established: its names are in use',
      'find the other CRD of that group',
    );

    expect(stderr).toContain('"HelmRepositoryList" is already in use');
    await cluster.kubectl(['delete', 'crd', 'nests.source.toolkit.fluxcd.io']);
    await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);
  });
});

describe.concurrent('up reports, before Flux,', () => {
  test('an API server that does not answer', async () => {
    const { objects } = newCase();
    const bundle = writeBundle(join(cluster.dir, 'unreachable.yaml'), objects);
    const kubeconfig = await cluster.kubeconfigFor({ user: 'nobody' });
    const server = cluster.url.replace('6443', '6444');
    await cluster.kubectl(['--kubeconfig', kubeconfig, 'config', 'set-cluster', 'cluster', `--server=${server}`]);

    const run = await eggtooth(['up', bundle, '--kubeconfig', kubeconfig, '--timeout', '2s']);

    expect(run.code).toBe(1);
    expect(run.stderr).toContain(`the API server ${server} is unreachable (ECONNREFUSED)`);
    expect(run.stderr).toContain('code: ERR_EGGTOOTH_UNREACHABLE');
  });

  test('a StatefulSet that must not create its pod', async () => {
    const { name, namespace, objects } = newCase();
    const labels = { 'pod-security.kubernetes.io/enforce': 'baseline' };
    const strict = mapped(objects, 'Namespace', (object) => ({ ...object, metadata: { ...object.metadata, labels } }));

    await expectLink(
      strict,
      `StatefulSet ${namespace}/${name}: has not created its pod ${name}-0 (FailedCreate: Create Pod ${name}-0 in StatefulSet ${name} failed error: pods "${name}-0" is forbidden: violates PodSecurity "baseline:latest": host namespaces`,
      'fix what the message names',
    );
  });

  test('that no scheduler runs', async () => {
    const { pod, objects } = newCase();

    await expectLink(
      objects,
      `${pod}: is not scheduled: no scheduler has processed it (waited 10 s)`,
      'check that kube-scheduler runs',
    );
  });

  test('a pod that fits no node', async () => {
    const { name, namespace, pod, objects } = newCase();
    const message = '0/1 nodes are available: 1 node(s) had untolerated taint(s).';
    const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message };
    const schedule = async () => {
      await waitForPod(cluster, namespace, `${name}-0`);
      await patchStatus(cluster, namespace, `${name}-0`, { phase: 'Pending', conditions: [condition] });
    };

    await Promise.all([
      expectLink(objects, `${pod}: is not scheduled (Unschedulable): ${message}`, 'add a node that fits the pod'),
      schedule(),
    ]);
  });

  test.each([
    [
      'an image that cannot be pulled',
      {
        state: {
          waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "registry.example/assets:1"' },
        },
      },
      'has no image for container assets-server, registry.example/assets:1 (ImagePullBackOff: Back-off pulling image "registry.example/assets:1")',
      'reaches the registry and may pull the image',
    ],
    [
      'an image that is not on the node and must not be pulled',
      { state: { waiting: { reason: 'ErrImageNeverPull', message: 'not present with pull policy of Never' } } },
      'has no image for container assets-server, registry.example/assets:1 (ErrImageNeverPull: not present',
      'or let imagePullPolicy allow a pull',
    ],
    [
      'a container that crashes',
      {
        restartCount: 4,
        state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s' } },
        lastState: { terminated: { exitCode: 2, reason: 'Error' } },
      },
      'has a container that exits, assets-server: exit code 2 (Error), 4 restarts',
      'kubectl logs -n',
    ],
    [
      'a container that cannot be created',
      { state: { waiting: { reason: 'CreateContainerConfigError', message: 'secret "x" not found' } } },
      'cannot start container assets-server (CreateContainerConfigError: secret "x" not found)',
      'fix what the message names',
    ],
  ])('%s', async (_, status, problem, fix) => {
    const one = newCase();

    await Promise.all([expectLink(one.objects, `${one.pod}: ${problem}`, fix), pretend(one, status)]);
  });

  test('a pod that does not start, with the latest event about it', async () => {
    const one = newCase();
    const start = async () => {
      await pretend(one, { state: { waiting: { reason: 'ContainerCreating' } } });
      await cluster.apply({
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: `${one.name}-0.1`, namespace: one.namespace },
        involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace: one.namespace, name: `${one.name}-0` },
        type: 'Warning',
        reason: 'NetworkNotReady',
        message: 'network is not ready: cni plugin not initialized',
      });
    };

    await Promise.all([
      expectLink(
        one.objects,
        `${one.pod}: is starting container assets-server: NetworkNotReady: network is not ready: cni plugin not initialized`,
        'check the kubelet of',
      ),
      start(),
    ]);
  });

  test('a pod of a Service that runs but is not ready', async () => {
    const one = newCase({ route: (server) => server.serviceRoute() });
    const ready = {
      type: 'Ready',
      status: 'False',
      reason: 'ContainersNotReady',
      message: 'unready: [assets-server]',
    };
    const state = { running: { startedAt: new Date().toISOString() } };

    await Promise.all([
      expectLink(
        one.objects,
        `${one.pod}: runs but is not ready (ContainersNotReady: unready: [assets-server]), so the Service does not route to it`,
        'check its readiness probe',
      ),
      pretend(one, { state }, { phase: 'Running', conditions: [ready] }),
    ]);
  });

  test('a Service without a pod', async () => {
    const one = newCase({ route: (server) => server.serviceRoute() });
    const none = mapped(one.objects, 'StatefulSet', ({ spec, ...object }) => ({
      ...object,
      spec: { ...(spec as object), replicas: 0 },
    }));

    await expectLink(
      none,
      `StatefulSet ${one.namespace}/${one.name}: has not created a pod (waited 10 s)`,
      'check that kube-controller-manager runs',
    );
  });

  test('the error of issue, at once', async () => {
    const { url, ca } = await startApiProxy(cluster);
    const one = newCase();
    const wrong = mapped(one.objects, 'HelmRepository', (object) => ({
      ...object,
      metadata: { ...object.metadata, annotations: { [CA_ANNOTATION]: ca } },
    }));
    expect(url).not.toBe(cluster.url);

    const [{ stderr }] = await Promise.all([up(wrong, '10m'), serve(one)]);

    expect(stderr).toContain(`the certificate of ${cluster.url} is not trusted`);
    expect(stderr).toContain('code: ERR_EGGTOOTH_CA');
  });

  test('a pod that does not serve the path', async () => {
    const one = newCase();

    await Promise.all([
      expectLink(
        one.objects,
        `HelmRepository ${one.namespace}/system: its index cannot be read: the pod is gone, or does not serve that path (cannot read the index of HelmRepository ${one.namespace}/system: the API server ${cluster.url} has no such object (404))`,
        'compare the path in spec.url with what the assets server serves',
      ),
      serve(one, { folder: mkdtempSync(join(cluster.dir, 'empty-')) }),
    ]);
  });

  test('a port without a listener', async () => {
    const one = newCase();

    await Promise.all([
      expectLink(
        one.objects,
        `HelmRepository ${one.namespace}/system: its index cannot be read: nothing listens on that port of the pod`,
        'compare the port of the route',
      ),
      serve(one, { port: 8124 }),
    ]);
  });

  test('other rights of the user', async () => {
    const one = newCase();
    const binding: KubeObject = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: `too-much-${one.name}` },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: `${one.name}-reader` }],
    };
    await cluster.apply(binding as never);

    await Promise.all([
      expectLink(
        one.objects,
        `User ${one.name}-reader: may have more rights than it needs (refused: secrets: /api/v1/secrets can be read`,
        'delete the other bindings of this user',
      ),
      serve(one),
    ]);
  });
});

const deployment = (namespace: string): KubeObject => {
  const labels = { app: 'flux' };
  const containers = [{ name: 'source-controller', image: 'registry.example/fluxcd/source-controller:v1.9.5' }];
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'flux', namespace },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
  };
};

describe.concurrent('up reports, where Flux does not run,', () => {
  test('that it is not installed, if it is not in the bundle', async () => {
    const one = newCase();

    await Promise.all([
      expectLink(
        one.objects,
        `HelmRepository ${one.namespace}/system: no source-controller has reconciled it (waited 10 s)`,
        'install Flux in this cluster',
      ),
      serve(one),
    ]);
  });

  test('its pod, if it is in the bundle', async () => {
    const one = newCase();

    const [{ stderr }] = await Promise.all([
      expectLink(
        [...one.objects, deployment(one.namespace)],
        `Pod ${one.namespace}/flux-`,
        'check that kube-scheduler runs',
      ),
      serve(one),
    ]);

    expect(stderr).toContain('is not scheduled: no scheduler has processed it');
  });

  test('its Deployment, if that must not create a pod', async () => {
    const one = newCase();
    const shop = `${one.namespace}-shop`;
    const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'none', namespace: shop } };
    await cluster.kubectl(['create', 'namespace', shop]);
    await cluster.apply({ ...quota, spec: { hard: { pods: '0' } } });
    // Until its status is known, the API server rejects pods for that reason, and the controller retries ever more
    // rarely.
    const known = ['wait', '--for=jsonpath={.status.hard.pods}=0', 'resourcequota/none', '-n', shop, '--timeout=60s'];
    await cluster.kubectl(known);

    await Promise.all([
      expectLink(
        [...one.objects, deployment(shop)],
        `Deployment ${shop}/flux: has not created a pod (FailedCreate: pods `,
        'fix what the message names',
      ).then(({ stderr }) => expect(stderr).toContain('exceeded quota: none')),
      serve(one),
    ]);
  });
});

describe('where Flux runs, a pod that was never ready', () => {
  beforeAll(async () => {
    await startFlux(cluster);
  });

  /** What kubelet reports about the pod of a wrong image. */
  const noImage = [
    { state: { waiting: { reason: 'ErrImagePull', message: 'not found' } } },
    {
      conditions: ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map((type, index) => ({
        type,
        status: index < 2 ? 'True' : 'False',
        lastTransitionTime: '2026-01-01T00:00:00Z',
      })),
    },
  ] as const;
  const podOf = async ({ namespace, name }: Case, ordinal = 0) => {
    const args = ['get', 'pod', `${name}-${ordinal}`, '-n', namespace, '-o', 'json'];
    const { metadata, spec } = JSON.parse(await cluster.kubectl(args));
    return { uid: metadata.uid, isDeleted: 'deletionTimestamp' in metadata, image: spec.containers[0].image };
  };
  const apply: Readonly<Record<string, (objects: readonly KubeObject[]) => Promise<unknown>>> = {
    eggtooth: (objects) => applyObjects(client, objects),
    kubectl: (objects) => cluster.apply(objects as never),
  };

  test.concurrent.each(Object.keys(apply))('is replaced by up once its image is fixed by %s', async (tool) => {
    const one = newCase();
    await apply[tool]?.(withImage(one.objects, 'registry.example/assets:typo'));
    await pretend(one, ...noImage);
    const before = await podOf(one);
    await apply[tool]?.(one.objects);
    const steps: string[] = [];
    const kubelet = async () => {
      await eventually(async () => (await podOf(one)).isDeleted);
      await cluster.kubectl(['delete', 'pod', `${one.name}-0`, '-n', one.namespace, '--force', '--grace-period=0']);
      await serve(one);
    };

    await Promise.all([
      upWith(client, one.objects, { until: 'sources', onProgress: (step) => steps.push(step) }),
      kubelet(),
    ]);

    expect(await podOf(one)).toMatchObject({ isDeleted: false, image: 'registry.example/assets:1' });
    expect((await podOf(one)).uid).not.toBe(before.uid);
    expect(steps.filter((step) => step.startsWith(`${one.pod} deleted`))).toEqual([
      `${one.pod} deleted: it was never ready, and its StatefulSet has changed since`,
    ]);
  });

  test.concurrent('is the only one of its StatefulSet that up deletes', async () => {
    const one = newCase({ route: (server) => server.serviceRoute() });
    const run = async (ordinal: number) => {
      await waitForPod(cluster, one.namespace, `${one.name}-${ordinal}`);
      const lastTransitionTime = new Date().toISOString();
      const conditions = ['Initialized', 'Ready'].map((type) => ({ type, status: 'True', lastTransitionTime }));
      await patchStatus(cluster, one.namespace, `${one.name}-${ordinal}`, { phase: 'Running', conditions });
    };
    const becomes = (ordinal: number, image: string) =>
      eventually(async () => expect(await podOf(one, ordinal)).toMatchObject({ isDeleted: false, image }));
    await applyObjects(client, withImage(one.objects, 'registry.example/assets:0', 3));
    for (const ordinal of [0, 1, 2]) await run(ordinal);
    await applyObjects(client, withImage(one.objects, 'registry.example/assets:typo', 3));
    await becomes(2, 'registry.example/assets:typo');
    const before = await Promise.all([podOf(one, 0), podOf(one, 1)]);

    const { stderr } = await up(withImage(one.objects, 'registry.example/assets:1', 3), '8s');

    // Nobody serves the charts here.
    expect(stderr).toContain(`HelmRepository ${one.namespace}/system: its index cannot be read`);
    await becomes(2, 'registry.example/assets:1');
    expect(await Promise.all([podOf(one, 0), podOf(one, 1)])).toEqual(before);
    await run(2);
    await becomes(1, 'registry.example/assets:1');
  });
});

describe('where Flux runs, up', () => {
  test.concurrent('reports the status of Flux about an address that neither Flux nor eggtooth reaches', async () => {
    const one = newCase({ url: cluster.url.replace('6443', '6444') });

    const [{ stderr }] = await Promise.all([
      expectLink(
        one.objects,
        `HelmRepository ${one.namespace}/system: Flux cannot read it: nothing answers at the address of the URL (Failed: failed to fetch Helm repository index`,
        'use an address of the API server that the pod of Flux reaches',
        '30s',
      ),
      serve(one),
    ]);

    expect(stderr).toContain('connect: connection refused');
  });

  test.concurrent('relies on Flux about an address that only Flux reaches, and reports that', async () => {
    const proxy = await startApiProxy(cluster);
    proxy.interfere(({ headers }) => (/^eggtooth$/m.test(headers) ? 'drop' : 'pass'));
    const one = newCase({ url: proxy.url, certificateAuthority: proxy.ca });

    const [{ code, stdout, stderr }] = await Promise.all([up(one.objects, '4m'), serve(one)]);

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`  not checked  identity at ${proxy.url}: `);
    expect(stdout).toMatch(new RegExp(`HelmRepository ${one.namespace}/system read: sha256:`));
  });

  test.concurrent('reports an OCIRepository whose registry does not answer', async () => {
    const { namespace } = newCase();
    const objects: KubeObject[] = [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      {
        apiVersion: 'source.toolkit.fluxcd.io/v1',
        kind: 'OCIRepository',
        metadata: { name: 'charts', namespace },
        spec: { url: `oci://${cluster.address}:5999/charts`, interval: '1h', ref: { tag: 'v1' } },
      },
    ];

    await expectLink(
      objects,
      `OCIRepository ${namespace}/charts: Flux cannot read it: nothing answers at the address of the URL (`,
      'let the pod of Flux reach it from its node',
    );
  });

  test.concurrent('brings up the same bundle over a Service if no link is broken', async () => {
    const one = newCase({ route: (server) => server.serviceRoute() });

    const [run] = await Promise.all([up(one.objects, '4m'), serve(one)]);

    expect(run).toMatchObject({ code: 0, stderr: '' });
  });
});
