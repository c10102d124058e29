import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fluxCrds } from '../../../src';
import { newestFlux } from '../../../src/constructs/flux-aio/flux-releases';
import {
  type ControlPlane,
  ensurePrograms,
  eventually,
  type Node,
  nodeObstacle,
  readiness,
  startControlPlane,
  startFlux,
  startNode,
  startRegistry,
} from '../../../tools/control-plane';
import { systemProgramObstacle } from '../../../tools/control-plane/ensure-system-program';
import { findOnPath } from '../../../tools/control-plane/find-on-path';
import { codeBlock } from '../../support/code-block';
import { commands } from '../support/commands';
import { addDocker } from '../support/docker';
import { platformFolder } from '../support/platform-folder';
import { startPublicHosts } from '../support/public-hosts';

const GUIDE = 'docs/charts-image.md';
const IMAGE = 'registry.example/charts:1';
const BUSYBOX = 'docker.io/library/busybox:1.37-musl';
const execute = promisify(execFile);

/** The guide as it stands. Two parts are stand-ins: `docker` is BuildKit alone, and the base has the busybox of this system. */
describe.skipIf(nodeObstacle() ?? systemProgramObstacle('busybox'))('the image of docs/charts-image.md', () => {
  let cluster: ControlPlane;
  let node: Node;
  let folder: string;
  let env: NodeJS.ProcessEnv;

  const run = async (script: string) => (await execute('sh', ['-e', '-c', script], { cwd: folder, env })).stdout;
  const runBlock = (name: string) => run(codeBlock(GUIDE, name));

  beforeAll(async () => {
    const programs = await ensurePrograms(['crane', 'helm', 'kubectl']);
    cluster = await startControlPlane();
    const { host } = await startRegistry(cluster);
    const hosts = ['index.docker.io', 'registry-1.docker.io', 'registry.example'];
    const publicHosts = await startPublicHosts(cluster, Object.fromEntries(hosts.map((name) => [name, host])));
    const bin = commands(cluster, programs);
    env = {
      ...process.env,
      ...publicHosts.env,
      PATH: [bin, process.env.PATH].join(delimiter),
      HOME: cluster.dir,
      KUBECONFIG: cluster.kubeconfig,
      API_SERVER_URL: cluster.url,
    };
    await addDocker(cluster, bin, env);
    const files = ['main.js', 'cdk8s.yaml'].map((name) => [name, codeBlock('README.md', name)]);
    folder = platformFolder(cluster, {
      ...Object.fromEntries(files),
      'main.js': codeBlock('README.md', 'proxy.js'),
      Containerfile: codeBlock(GUIDE, 'Containerfile'),
    });
    await pushBusybox();
    await run('helm create network; helm create shop');

    node = await startNode(cluster);
    await cluster.apply(fluxCrds(newestFlux));
    await startFlux(cluster);
  });
  afterAll(() => cluster?.stop());

  /** An image as the official one: links to busybox in /bin, and a default command. */
  async function pushBusybox(): Promise<void> {
    const root = mkdtempSync(join(cluster.dir, 'busybox-'));
    mkdirSync(join(root, 'bin'));
    for (const applet of ['httpd', 'sh']) symlinkSync('busybox', join(root, 'bin', applet));
    await run(`cp -L ${findOnPath('busybox')} ${root}/bin/busybox
      tar -C ${root} --owner=0 --group=0 -cf ${root}.tar .
      crane append --oci-empty-base --new_layer=${root}.tar --new_tag=${BUSYBOX}
      crane mutate ${BUSYBOX} --cmd=sh --set-platform=linux/amd64 --tag=${BUSYBOX}`);
  }

  test('contains charts whose URLs are relative', async () => {
    await runBlock('charts.sh');
    const index = readFileSync(join(folder, 'charts/system/index.yaml'), 'utf8');
    expect(index).toMatch(/^ {4}urls:\n {4}- network-0\.1\.0\.tgz$/m);
  });

  test.each(['build.sh', 'image.sh'])(
    'is built by %s, and read by source-controller through the pod proxy',
    async (script) => {
      const name = script.replace('.sh', '');
      await runBlock(script);
      const { config } = JSON.parse(await run(`crane config ${IMAGE}`));
      expect(config).toMatchObject({
        User: '65532:65532',
        Entrypoint: ['/bin/httpd', '-f', '-p', '8123', '-h', '/charts'],
      });
      expect(config.Cmd).toBeUndefined();

      await run(`crane pull ${IMAGE} ${name}.tar`);
      await node.addImage(join(folder, `${name}.tar`));
      await cluster.kubectl(['delete', 'pod', '--all', '-n', 'platform', '--grace-period=1']);
      await run('npx cdk8s synth && env -u HTTPS_PROXY npx eggtooth up --until sources');

      const { items } = JSON.parse(await cluster.kubectl(['get', 'pods', '-n', 'platform', '-o', 'json']));
      const securityContext = { runAsUser: 65532, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } };
      expect(items).toMatchObject([
        {
          spec: { hostNetwork: true, containers: [{ image: IMAGE, securityContext }] },
          status: { containerStatuses: [{ ready: true, restartCount: 0 }] },
        },
      ]);
      expect(await runBlock('read.sh')).toContain('- network-0.1.0.tgz');
      await cluster.apply({
        apiVersion: 'source.toolkit.fluxcd.io/v1',
        kind: 'HelmChart',
        metadata: { name, namespace: 'platform' },
        spec: { chart: 'network', interval: '5m', sourceRef: { kind: 'HelmRepository', name: 'system' } },
      });
      await eventually(async () =>
        expect(await readiness(cluster, 'helmchart', 'platform', name)).toMatchObject({ ready: true }),
      );
    },
  );
});
