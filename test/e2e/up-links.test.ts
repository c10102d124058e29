import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CA_ANNOTATION } from '../../src/chain/proxy-url';
import { newestFlux } from '../../src/constructs/flux-aio/flux-releases';
import { fluxCrds } from '../../src/constructs/flux-aio/load-crds';
import type { KubeObject } from '../../src/kubernetes/kube-object';
import { type ControlPlane, runPod, startControlPlane, startFlux } from '../../tools/control-plane';
import { startApiProxy } from './support/api-proxy';

import { type BundleOptions, bundleObjects, writeBundle } from './support/bundle';

import { eggtooth, type Run } from './support/eggtooth';
import { bind, patchStatus, waitForPod } from './support/kubelet';
import { servedCharts } from './support/stage';

let cluster: ControlPlane;
let charts: string;
beforeAll(async () => {
  cluster = await startControlPlane();
  charts = await servedCharts(cluster.dir);
});
afterAll(() => cluster?.stop());

/** A bundle of its own for one test. */
interface Case {
  /** Of the assets server. */
  readonly name: string;
  readonly namespace: string;
  readonly objects: readonly KubeObject[];
}

let cases = 0;
function newCase({ url = cluster.url, certificateAuthority = cluster.ca, route }: Partial<BundleOptions> = {}): Case {
  const number = ++cases;
  const [namespace, name] = [`case-${number}`, `assets-${number}`];
  const namespaces = [namespace, `${namespace}-shop`] as const;
  return { name, namespace, objects: bundleObjects({ url, certificateAuthority, route, namespaces, name }) };
}

function up(objects: readonly KubeObject[], timeout = '10s'): Promise<Run> {
  const bundle = writeBundle(join(mkdtempSync(join(cluster.dir, 'bundle-')), 'bundle.yaml'), objects);
  return eggtooth(['up', bundle, '--kubeconfig', cluster.kubeconfig, '--timeout', timeout]);
}

/** One error: the link, what was seen, and the fix. */
function expectLink({ code, stdout, stderr }: Run, problem: string, fix: string, errorCode = 'ERR_EGGTOOTH_NOT_READY') {
  const [first = '', second = '', third, ...rest] = stderr.split('\n');
  expect(first).toContain(`error: ${problem}`);
  expect(second).toContain(`  fix: `);
  expect(second).toContain(fix);
  expect([third, ...rest]).toEqual([`  code: ${errorCode}`, '']);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
}

const serve = ({ namespace, name }: Case, { folder = charts, port = 8123 } = {}) =>
  runPod(cluster, { namespace, name: `${name}-0`, port, folder });

/** Shows the pod of a case in a state that a kubelet would have told. */
async function pretend({ namespace, name }: Case, containerStatus: object): Promise<string> {
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
  });
  return `Pod ${namespace}/${pod}`;
}

const mapped = (objects: readonly KubeObject[], kind: string, change: (object: KubeObject) => KubeObject) =>
  objects.map((object) => (object.kind === kind ? change(object) : object));

describe('a CRD that is never established', () => {
  test('is named, with the reason', async () => {
    const [crd] = fluxCrds(newestFlux).filter(({ metadata }) => metadata.name?.startsWith('helmrepositories.'));
    const other = JSON.parse(JSON.stringify(crd).replaceAll('helmrepositories', 'nests'));
    other.spec.names.singular = 'nest';
    await cluster.apply(other);
    await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s']);

    const run = await up(fluxCrds(newestFlux));

    expectLink(
      run,
      'CustomResourceDefinition helmrepositories.source.toolkit.fluxcd.io: is not established: its names are taken',
      'find the other CRD of that group',
    );
    expect(run.stderr).toContain('"HelmRepositoryList" is already in use');
    await cluster.kubectl(['delete', 'crd', 'nests.source.toolkit.fluxcd.io']);
    await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s']);
  });
});

describe.concurrent('a broken link before Flux', () => {
  test('the API server does not answer', async () => {
    const { objects } = newCase();
    const bundle = writeBundle(join(cluster.dir, 'unreachable.yaml'), objects);
    const kubeconfig = await cluster.kubeconfigFor({ user: 'nobody' });
    const server = cluster.url.replace('6443', '6444');
    await cluster.kubectl(['--kubeconfig', kubeconfig, 'config', 'set-cluster', 'cluster', `--server=${server}`]);

    const run = await eggtooth(['up', bundle, '--kubeconfig', kubeconfig, '--timeout', '2s']);

    expect(run.code).toBe(1);
    expect(run.stderr).toContain(`the API server ${server} was not reached (ECONNREFUSED)`);
    expect(run.stderr).toContain('code: ERR_EGGTOOTH_UNREACHABLE');
  });

  test('the StatefulSet may not make its pod', async () => {
    const { name, namespace, objects } = newCase();
    const labels = { 'pod-security.kubernetes.io/enforce': 'baseline' };
    const strict = mapped(objects, 'Namespace', (object) => ({ ...object, metadata: { ...object.metadata, labels } }));

    expectLink(
      await up(strict),
      `StatefulSet ${namespace}/${name}: has not made its pod ${name}-0 (FailedCreate: Create Pod ${name}-0 in StatefulSet ${name} failed error: pods "${name}-0" is forbidden: violates PodSecurity "baseline:latest": host namespaces`,
      'mend what the message names',
    );
  });

  test('no scheduler runs', async () => {
    const { name, namespace, objects } = newCase();

    expectLink(
      await up(objects),
      `Pod ${namespace}/${name}-0: is not scheduled: no scheduler has looked at it (waited 10 s)`,
      'check that kube-scheduler runs',
    );
  });

  test('no node fits the pod', async () => {
    const { name, namespace, objects } = newCase();
    const message = '0/1 nodes are available: 1 node(s) had untolerated taint(s).';
    const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message };
    const running = up(objects);
    await waitForPod(cluster, namespace, `${name}-0`);
    await patchStatus(cluster, namespace, `${name}-0`, { phase: 'Pending', conditions: [condition] });

    expectLink(
      await running,
      `Pod ${namespace}/${name}-0: is not scheduled (Unschedulable): ${message}`,
      'give the cluster a node that fits',
    );
  });

  test.each([
    [
      'the image cannot be pulled',
      {
        state: {
          waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "registry.example/assets:1"' },
        },
      },
      'has no image for its container assets-server, registry.example/assets:1 (ImagePullBackOff: Back-off pulling image "registry.example/assets:1")',
      'reaches the registry and may pull that image',
    ],
    [
      'the image is not on the node, and must not be pulled',
      { state: { waiting: { reason: 'ErrImageNeverPull', message: 'not present with pull policy of Never' } } },
      'has no image for its container assets-server, registry.example/assets:1 (ErrImageNeverPull: not present',
      'or let it be pulled: imagePullPolicy',
    ],
    [
      'the container crashes',
      {
        restartCount: 4,
        state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s' } },
        lastState: { terminated: { exitCode: 2, reason: 'Error' } },
      },
      'has a container that ends, assets-server: exit code 2 (Error), restarted 4 times',
      'kubectl logs -n',
    ],
    [
      'the container cannot be made',
      { state: { waiting: { reason: 'CreateContainerConfigError', message: 'secret "x" not found' } } },
      'cannot start its container assets-server (CreateContainerConfigError: secret "x" not found)',
      'mend what the message names',
    ],
  ])('%s', async (_, status, problem, fix) => {
    const one = newCase();
    const running = up(one.objects);
    const pod = await pretend(one, status);

    expectLink(await running, `${pod}: ${problem}`, fix);
  });

  test('the pod does not start, and an event says why', async () => {
    const one = newCase();
    const running = up(one.objects);
    const pod = await pretend(one, { state: { waiting: { reason: 'ContainerCreating' } } });
    await cluster.apply({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${one.name}-0.1`, namespace: one.namespace },
      involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace: one.namespace, name: `${one.name}-0` },
      type: 'Warning',
      reason: 'NetworkNotReady',
      message: 'network is not ready: cni plugin not initialized',
    });

    expectLink(
      await running,
      `${pod}: is starting its container assets-server: NetworkNotReady: network is not ready: cni plugin not initialized`,
      'look at the kubelet of',
    );
  });

  test('the Service has a pod that runs and is not ready', async () => {
    const one = newCase({ route: (server) => server.serviceRoute() });
    const running = up(one.objects);
    const pod = await pretend(one, { state: { running: { startedAt: new Date().toISOString() } } });
    await patchStatus(cluster, one.namespace, `${one.name}-0`, {
      phase: 'Running',
      conditions: [
        { type: 'Ready', status: 'False', reason: 'ContainersNotReady', message: 'unready: [assets-server]' },
      ],
    });

    expectLink(
      await running,
      `${pod}: runs and is not ready (ContainersNotReady: unready: [assets-server]), so the Service does not lead to it`,
      'see what its readiness probe asks for',
    );
  });

  test('the Service has no pod', async () => {
    const one = newCase({ route: (server) => server.serviceRoute() });
    const none = mapped(one.objects, 'StatefulSet', ({ spec, ...object }) => ({
      ...object,
      spec: { ...(spec as object), replicas: 0 },
    }));

    expectLink(
      await up(none),
      `StatefulSet ${one.namespace}/${one.name}: has not made a pod (waited 10 s)`,
      'check that',
    );
  });

  test('the certificate: the error of issue as it is, at once', async () => {
    const { url, ca } = await startApiProxy(cluster);
    const one = newCase();
    const wrong = mapped(one.objects, 'HelmRepository', (object) => ({
      ...object,
      metadata: { ...object.metadata, annotations: { [CA_ANNOTATION]: ca } },
    }));
    expect(url).not.toBe(cluster.url);
    const start = Date.now();
    const [run] = await Promise.all([up(wrong, '60s'), serve(one)]);

    expect(run.stderr).toContain(`the certificate of ${cluster.url} is not trusted`);
    expect(run.stderr).toContain('code: ERR_EGGTOOTH_CA');
    expect(Date.now() - start).toBeLessThan(30_000);
  });

  test('the pod does not serve that path', async () => {
    const one = newCase();
    const [run] = await Promise.all([
      up(one.objects),
      serve(one, { folder: mkdtempSync(join(cluster.dir, 'empty-')) }),
    ]);

    expectLink(
      run,
      `HelmRepository ${one.namespace}/system: its index cannot be read: the pod is gone, or it does not serve that path (cannot read the index of HelmRepository ${one.namespace}/system: the API server ${cluster.url} does not have it (404))`,
      'compare the path in spec.url with what the assets server serves',
    );
  });

  test('nothing listens on the port', async () => {
    const one = newCase();
    const [run] = await Promise.all([up(one.objects), serve(one, { port: 8124 })]);

    expectLink(
      run,
      `HelmRepository ${one.namespace}/system: its index cannot be read: nothing listens on that port of the pod`,
      'compare the port of the route',
    );
  });

  test('the user of the certificate has other rights', async () => {
    const one = newCase();
    const binding: KubeObject = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: `too-much-${one.name}` },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: `${one.name}-reader` }],
    };
    await cluster.apply(binding as never);
    const [run] = await Promise.all([up(one.objects), serve(one)]);

    expectLink(
      run,
      `User ${one.name}-reader: is not verified to have no other rights (refused: secrets: /api/v1/secrets can be read`,
      'take away the other bindings of this user',
    );
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

describe.concurrent('Flux does not run', () => {
  test('and is not in the bundle', async () => {
    const one = newCase();
    const [run] = await Promise.all([up(one.objects), serve(one)]);

    expectLink(
      run,
      `HelmRepository ${one.namespace}/system: no source-controller has looked at it (waited 10 s)`,
      'install Flux on this cluster',
    );
  });

  test('and is in the bundle: its pod is looked at', async () => {
    const one = newCase();
    const [run] = await Promise.all([up([...one.objects, deployment(one.namespace)]), serve(one)]);

    expectLink(run, `Pod ${one.namespace}/flux-`, 'check that kube-scheduler runs');
    expect(run.stderr).toContain('is not scheduled: no scheduler has looked at it');
  });

  test('and is in the bundle, where no pod may be made', async () => {
    const one = newCase();
    const quota: KubeObject = {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'none', namespace: `${one.namespace}-shop` },
      spec: { hard: { pods: '0' } },
    };
    const [run] = await Promise.all([up([...one.objects, quota, deployment(`${one.namespace}-shop`)]), serve(one)]);

    expectLink(run, `Deployment ${one.namespace}-shop/flux: has not made a pod (FailedCreate: pods `, 'mend what');
    expect(run.stderr).toContain('exceeded quota: none');
  });
});

describe('Flux runs', () => {
  beforeAll(async () => {
    await startFlux(cluster);
  });

  test.concurrent('and reaches nothing at the address of the URL, nor do we: its word is taken', async () => {
    const one = newCase({ url: cluster.url.replace('6443', '6444') });
    const [run] = await Promise.all([up(one.objects, '30s'), serve(one)]);

    expectLink(
      run,
      `HelmRepository ${one.namespace}/system: Flux cannot read it: nothing answers at the address of the URL (Failed: failed to fetch Helm repository index`,
      'take an address of the API server that the pod of Flux reaches',
    );
    expect(run.stderr).toContain('connect: connection refused');
  });

  test.concurrent('and reaches an address that we do not: the run goes on and says so', async () => {
    const proxy = await startApiProxy(cluster);
    proxy.interfere(({ headers }) => (/^eggtooth$/m.test(headers) ? 'drop' : 'pass'));
    const one = newCase({ url: proxy.url, certificateAuthority: proxy.ca });
    const [{ code, stdout, stderr }] = await Promise.all([up(one.objects, '60s'), serve(one)]);

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`  not checked  identity at ${proxy.url}: `);
    expect(stdout).toMatch(new RegExp(`HelmRepository ${one.namespace}/system read: sha256:`));
  });

  test.concurrent('and a registry does not answer: bundles of other roads are looked after too', async () => {
    const namespace = `case-${++cases}`;
    const objects: KubeObject[] = [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      {
        apiVersion: 'source.toolkit.fluxcd.io/v1',
        kind: 'OCIRepository',
        metadata: { name: 'charts', namespace },
        spec: { url: `oci://${cluster.address}:5999/charts`, interval: '1h', ref: { tag: 'v1' } },
      },
    ];

    expectLink(
      await up(objects),
      `OCIRepository ${namespace}/charts: Flux cannot read it: nothing answers at the address of the URL (`,
      'take an address',
    );
  });

  test.concurrent('and the whole bundle comes up, over a Service: nothing of the above was the fault of the test', async () => {
    const one = newCase({ route: (server) => server.serviceRoute() });
    const [run] = await Promise.all([up(one.objects, '60s'), serve(one)]);

    expect(run).toMatchObject({ code: 0, stderr: '' });
  });
});
