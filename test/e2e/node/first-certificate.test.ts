import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'cdk8s';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiServer, BootstrapBundle } from '../../../src';
import type { JobManifest } from '../../../src/kubernetes/k8s';
import { readBundle } from '../../../src/kubernetes/read-bundle';
import type { UpPlan } from '../../../src/up';
import { prepareNode } from '../../../tools/bootstrap/bootstrap';
import { fluxControllers, fluxImage, names } from '../../../tools/bootstrap/names';
import {
  type ControlPlane,
  eventually,
  KubectlError,
  type Node,
  nodeObstacle,
  readiness,
  startControlPlane,
} from '../../../tools/control-plane';
import { codeBlock } from '../../support/code-block';
import { parseOutput } from '../../support/outputs';
import { writeBundle } from '../support/bundle';
import { eggtooth } from '../support/eggtooth';
import { buildDocumentedImage } from '../support/eggtooth-image';

const [SECRET, JOB] = [`${names.assets}-tls`, `${names.assets}-renewal-first`];
const PATIENCE = { timeout: 270_000 };

/** The image of eggtooth is made as docs/renewal.md says, and no command of eggtooth runs outside of the cluster. */
describe.skipIf(nodeObstacle())('kubectl alone, on a node without CNI,', () => {
  let cluster: ControlPlane;
  let node: Node;
  let built: Awaited<ReturnType<typeof buildDocumentedImage>>;
  let dist: string;

  beforeAll(async () => {
    cluster = await startControlPlane();
    [{ node }, built] = await Promise.all([prepareNode(cluster), buildDocumentedImage(cluster)]);
    await node.addImage(built.archive);
    dist = synthesize(built.image);
  });
  afterAll(() => cluster?.stop());

  /** Writes the files of a bundle to a new folder. */
  function synthesize(image: string): string {
    const outdir = mkdtempSync(join(cluster.dir, 'dist-'));
    const app = new App({ outdir });
    new BootstrapBundle(app, 'bundle', {
      apiServer: ApiServer.fromUrl(cluster.url),
      namespace: names.namespace,
      assets: { name: names.assets, image: names.assetsImage, port: names.assetsPort },
      repositories: [{ name: names.repository, path: '/repos/system' }],
      flux: {
        namespace: names.fluxNamespace,
        controllers: fluxControllers,
        options: Object.fromEntries(
          fluxControllers.map((controller) => [controller, { image: fluxImage(controller) }]),
        ),
      },
      releases: [
        {
          name: names.cni,
          namespace: 'kube-system',
          repository: `${names.namespace}/${names.repository}`,
          values: { subnet: names.podSubnet },
        },
      ],
      renewal: { image, firstCertificate: true },
    });
    app.synth();
    return outdir;
  }

  /** The arguments of kubectl in a line of the guide. */
  const documented = (line: number) =>
    (codeBlock('docs/renewal.md', 'apply').split('\n')[line] ?? '').replace('dist', dist).split(' ').slice(1);
  const kubectlApply = () => cluster.kubectl(documented(2));
  const untilComplete = () =>
    cluster.kubectl([...['wait', '--for=condition=Complete', `job/${JOB}`, '-n', names.namespace, '--timeout=270s']]);
  const get = async (...args: string[]) => JSON.parse(await cluster.kubectl(['get', ...args, '-o', 'json']));
  const secret = () => get('secret', SECRET, '-n', names.namespace);
  const keepJobFor = (ttlSecondsAfterFinished: number) =>
    cluster.kubectl([
      ...['patch', 'job', JOB, '-n', names.namespace],
      ...['--type=merge', '-p', JSON.stringify({ spec: { ttlSecondsAfterFinished } })],
    ]);
  const isGone = async () =>
    (await cluster.kubectl(['get', 'job', JOB, '-n', names.namespace, '--ignore-not-found'])) === '';

  test('has an image that crane has built, which runs eggtooth as a user without rights', () => {
    expect(built.config).toMatchObject({
      config: { Entrypoint: ['/nodejs/bin/node', '/eggtooth.js'], User: '65532:65532' },
    });
  });

  test('makes the node Ready: the YAML is applied twice, and nothing else is done', async () => {
    const conditions = async () => (await get('node', node.name)).status.conditions;
    const isReady = async () =>
      (await conditions()).some(
        ({ type, status }: { type: string; status: string }) => type === 'Ready' && status === 'True',
      );
    expect(await isReady()).toBe(false);
    // Custom resources are of an unknown kind until the CRDs of the same call are established.
    await expect(cluster.kubectl(documented(0))).rejects.toThrow(KubectlError);
    await cluster.kubectl(documented(1));
    await Promise.all([kubectlApply(), untilComplete()]);

    await eventually(async () => expect(await isReady()).toBe(true), PATIENCE);

    await eventually(async () => (await readiness(cluster, 'helmrelease', 'kube-system', names.cni)).ready, PATIENCE);
    const { metadata } = await secret();
    const request = await get('csr', metadata.annotations['eggtooth.dev/request']);
    expect(request.spec.username).toBe(`system:serviceaccount:${names.namespace}:${names.assets}-renewal`);
  });

  test('leaves the Secret alone when the same YAML is applied again, and again after the Job is deleted', async () => {
    const before = await secret();
    await kubectlApply();
    // Kubernetes deletes it later than a test waits.
    await keepJobFor(1);
    await eventually(isGone, PATIENCE);
    await kubectlApply();
    await untilComplete();

    expect(await secret()).toEqual(before);
    expect((await get('csr')).items).toHaveLength(1);
    await keepJobFor(3600);
    const flags = ['--dry-run', '--force-conflicts', '-o', 'json', '--kubeconfig', cluster.kubeconfig];
    const { stdout } = await eggtooth(['up', dist, ...flags]);
    const { objects, leftovers } = parseOutput<UpPlan>('up', { stdout });
    expect([...objects, ...leftovers].filter(({ kind }) => kind === 'Job')).toEqual([]);
    await cluster.kubectl(['delete', 'job', JOB, '-n', names.namespace]);
  });

  test('leaves a Job that waits for its image to eggtooth up, which ends it, and starts none itself', async () => {
    const before = await secret();
    const waiting = readBundle(dist).filter(({ kind }) => kind === 'Job');
    for (const job of waiting as JobManifest[]) {
      const [container] = job.spec.template.spec?.containers ?? [];
      if (container !== undefined) Object.assign(container, { image: 'registry.example/eggtooth:missing' });
    }
    await cluster.kubectl(['apply', '-f', writeBundle(join(cluster.dir, 'job.yaml'), waiting)]);
    // Everything else is applied.
    await expect(kubectlApply()).rejects.toThrow(/^[^\n]*Job[^\n]*field is immutable\n?$/);

    const up = await eggtooth(['up', dist, '--force-conflicts', '--kubeconfig', cluster.kubeconfig]);

    expect(up).toMatchObject({ code: 0, stderr: '' });
    expect(await isGone()).toBe(true);
    expect(await secret()).toEqual(before);
    expect(await eggtooth(['up', dist, '--kubeconfig', cluster.kubeconfig])).toMatchObject({ code: 0, stderr: '' });
    expect(await isGone()).toBe(true);
  });
});
