import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newestFlux } from '../../../src/constructs/flux-aio/flux-releases';
import type { KubeObject } from '../../../src/kubernetes/kube-object';
import { readBundle } from '../../../src/kubernetes/read-bundle';
import { bootstrap, ordinaryPodAnswers, type PreparedNode, prepareNode } from '../../../tools/bootstrap/bootstrap';
import { fluxControllers, fluxImage, names } from '../../../tools/bootstrap/names';
import {
  type ControlPlane,
  eventually,
  nodeObstacle,
  readiness,
  startControlPlane,
} from '../../../tools/control-plane';
import { kubernetesVersions, standardKubernetes } from '../../../tools/control-plane/kubernetes-versions';
import { codeBlock } from '../../support/code-block';
import { eggtooth } from '../support/eggtooth';
import { fluxCommand } from '../support/flux-command';

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

/** The version that the API server stores the objects of a CRD in. */
function storedVersion(crd: KubeObject): string | undefined {
  const { versions } = crd.spec as { versions: readonly { readonly name: string; readonly storage: boolean }[] };
  return versions.find(({ storage }) => storage)?.name;
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

  test('passes flux check', async () => {
    const storedAs = readBundle(prepared.bundle)
      .filter((object) => object.kind === 'CustomResourceDefinition')
      .map((crd) => `✔ ${crd.metadata.name}/${storedVersion(crd)}`);
    expect(storedAs).toContain('✔ helmreleases.helm.toolkit.fluxcd.io/v2');

    expect(await fluxCommand(cluster, 'check')).toMatchObject({
      messages: [
        '► checking prerequisites',
        `✔ Kubernetes ${kubernetesVersions[standardKubernetes].slice(1)} >=1.33.0-0`,
        '► checking version in cluster',
        `✔ distribution: flux-v${newestFlux}`,
        '✔ bootstrapped: false',
        '► checking controllers',
        '✔ flux: deployment ready',
        ...fluxControllers.map((controller) => `► ${fluxImage(controller)}`),
        '► checking crds',
        ...storedAs.sort(),
        '✔ all checks passed',
      ],
      code: 0,
    });
  });

  test('shows its sources and releases with flux get all', async () => {
    const { code, rows } = await fluxCommand(cluster, 'get', 'all', '-A', '--no-header');
    expect(
      rows.map(([namespace, name, revision, suspended, ready]) => ({ namespace, name, revision, suspended, ready })),
    ).toEqual([
      {
        namespace: names.namespace,
        name: `helmrepository/${names.repository}`,
        revision: expect.stringMatching(/^sha256:/),
        suspended: 'False',
        ready: 'True',
      },
      {
        namespace: names.namespace,
        name: `helmchart/kube-system-${names.cni}`,
        revision: '0.1.0',
        suspended: 'False',
        ready: 'True',
      },
      {
        namespace: 'kube-system',
        name: `helmrelease/${names.cni}`,
        revision: '0.1.0',
        suspended: 'False',
        ready: 'True',
      },
    ]);
    expect(code).toBe(0);
  });

  test('reconciles the release with its sources by flux reconcile', async () => {
    const release = ['helmrelease', names.cni, '-n', 'kube-system'];
    expect(await fluxCommand(cluster, 'reconcile', ...release, '--with-source')).toMatchObject({
      messages: [
        `► annotating HelmRepository ${names.repository} in ${names.namespace} namespace`,
        '✔ HelmRepository annotated',
        '◎ waiting for HelmRepository reconciliation',
        expect.stringMatching(/^✔ fetched revision sha256:[0-9a-f]{64}$/),
        `► annotating HelmChart kube-system-${names.cni} in ${names.namespace} namespace`,
        '✔ HelmChart annotated',
        '◎ waiting for HelmChart reconciliation',
        '✔ fetched revision 0.1.0',
        `► annotating HelmRelease ${names.cni} in kube-system namespace`,
        '✔ HelmRelease annotated',
        '◎ waiting for HelmRelease reconciliation',
        '✔ applied revision 0.1.0',
      ],
      code: 0,
    });
  });

  test('suspends and resumes the release by flux suspend and flux resume', async () => {
    const release = ['helmrelease', names.cni, '-n', 'kube-system'];
    const suspended = async () =>
      (await fluxCommand(cluster, 'get', ...release, '--no-header')).rows.map(([, , value]) => value);

    expect(await fluxCommand(cluster, 'suspend', ...release)).toMatchObject({
      messages: [`► suspending helmrelease ${names.cni} in kube-system namespace`, '✔ helmrelease suspended'],
      code: 0,
    });
    expect(await suspended()).toEqual(['True']);
    expect(await fluxCommand(cluster, 'resume', ...release)).toMatchObject({
      messages: [
        `► resuming helmrelease ${names.cni} in kube-system namespace`,
        '✔ helmrelease resumed',
        '◎ waiting for HelmRelease reconciliation',
        `✔ HelmRelease ${names.cni} reconciliation completed`,
        '✔ applied revision 0.1.0',
      ],
      code: 0,
    });
    expect(await suspended()).toEqual(['False']);
  });

  test('would be removed completely by flux uninstall, except for what the charts are read with', async () => {
    const crds = readBundle(prepared.bundle).filter((object) => object.kind === 'CustomResourceDefinition');
    expect(await fluxCommand(cluster, 'uninstall', '--dry-run')).toMatchObject({
      messages: [
        `► deleting components in ${names.fluxNamespace} namespace`,
        `✔ Deployment/${names.fluxNamespace}/flux deleted (dry run)`,
        `✔ ServiceAccount/${names.fluxNamespace}/flux deleted (dry run)`,
        '✔ ClusterRole/flux-view deleted (dry run)',
        '✔ ClusterRoleBinding/flux deleted (dry run)',
        '► deleting toolkit.fluxcd.io finalizers in all namespaces',
        `✔ HelmRepository/${names.namespace}/${names.repository} finalizers deleted (dry run)`,
        `✔ HelmChart/${names.namespace}/kube-system-${names.cni} finalizers deleted (dry run)`,
        `✔ HelmRelease/kube-system/${names.cni} finalizers deleted (dry run)`,
        '► deleting toolkit.fluxcd.io custom resource definitions',
        ...crds.map(({ metadata }) => `✔ CustomResourceDefinition/${metadata.name} deleted (dry run)`).sort(),
        `✔ Namespace/${names.fluxNamespace} deleted (dry run)`,
        '✔ uninstall finished',
      ],
      code: 0,
    });
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

  test('keeps its CNI when eggtooth down deletes the bundle under the running controllers, and nothing else of it', async () => {
    const down = () => eggtooth(['down', prepared.bundle, '--kubeconfig', cluster.kubeconfig, '-o', 'json']);
    const first = await down();
    expect(first.stderr).not.toContain('error');
    expect(first.code).toBe(0);
    const kept = JSON.parse(first.stdout).objects.filter(({ result }: { result: string }) => result === 'kept');
    expect(kept).toEqual([]);

    const left = async (...kind: string[]) => (await cluster.kubectl(['get', ...kind, '-o', 'name'])).split('\n');
    expect(await left('namespaces')).not.toContain(`namespace/${names.namespace}`);
    expect(await left('crds')).toEqual(['']);
    expect(await left('clusterroles')).not.toContain('clusterrole.rbac.authorization.k8s.io/flux-view');
    expect(await left('daemonsets', '-n', 'kube-system')).toContain(`daemonset.apps/${names.cni}`);
    expect(await readyCondition()).toMatchObject({ status: 'True' });
    expect(await ordinaryPodAnswers(cluster)).toMatch(/^10\.244\.0\.\d+$/);

    const second = await down();
    expect(second.code).toBe(0);
    expect(JSON.parse(second.stdout).objects).toEqual([]);
  });
});
