import { afterEach, describe, expect, test } from 'vitest';
import { names } from '../../../tools/bootstrap/names';
import { nodeObstacle } from '../../../tools/control-plane';
import { APP, UpstreamNode } from '../support/upstream-node';

const [ca, key] = [{ name: 'ca' }, { name: 'key' }];

/** Like a node behind a firewall, it reaches the servers upstream and nothing of the internet. */
describe.skipIf(nodeObstacle())('a node without CNI becomes Ready by up of a bundle', () => {
  let stage: UpstreamNode;
  afterEach(() => stage?.cluster.stop());

  test('without an assets server: a signed CNI from a registry, and an app from a chart repository', async () => {
    stage = await UpstreamNode.start();

    const result = await stage.up('cni', {
      repositories: [
        {
          ...{ name: 'cni', url: `oci://${stage.registry.host}/charts/${names.cni}`, version: { semver: '0.1.x' } },
          ...{ certSecretRef: ca, verify: { provider: 'cosign', secretRef: key } },
        },
        { name: 'apps', url: `https://${stage.charts.host}/upstream`, certSecretRef: ca },
      ],
      releases: [{ name: APP, repository: 'apps' }],
    });

    expect(result).toMatchObject({
      repositories: [
        { kind: 'OCIRepository', name: 'cni', ready: true },
        { kind: 'HelmRepository', name: 'apps', ready: true },
      ],
      releases: [
        { name: names.cni, ready: true },
        { name: APP, ready: true },
      ],
      nodes: [{ name: stage.node.name, ready: true }],
    });
    const verified = '{.status.conditions[?(@.type=="SourceVerified")].status}';
    const cni = ['get', 'ocirepository', 'cni', '-n', names.namespace, '-o', `jsonpath=${verified}`];
    expect(await stage.cluster.kubectl(cni)).toBe('True');
    expect(result.issued).toEqual([]);
    const left = await stage.cluster.kubectl(['get', 'csr,statefulsets,secrets', '-A', '-o', 'name']);
    const release = 'secret/sh.helm.release.v1.';
    expect(left.trim().split('\n').sort()).toEqual(
      ['secret/ca', 'secret/key', `${release}${APP}.v1`, `${release}${names.cni}.v1`].sort(),
    );
  });

  test('with an assets server: the CNI from a chart repository, and an app from the assets server', async () => {
    stage = await UpstreamNode.start();

    const result = await stage.up('upstream', {
      assets: { name: names.assets, image: names.assetsImage, port: names.assetsPort },
      repositories: [
        { name: 'upstream', url: `https://${stage.charts.host}/upstream`, certSecretRef: ca },
        { name: 'ours', path: '/assets' },
      ],
      releases: [{ name: APP, repository: 'ours' }],
    });

    expect(result).toMatchObject({
      issued: [{ user: expect.stringContaining('reader') }],
      repositories: [
        { name: 'upstream', ready: true },
        { name: 'ours', ready: true },
      ],
      releases: [
        { name: names.cni, ready: true },
        { name: APP, ready: true },
      ],
      nodes: [{ name: stage.node.name, ready: true }],
    });
    expect(stage.charts.requests).toContain(`GET /upstream/${names.cni}-0.1.0.tgz 200`);
    expect(stage.charts.requests).not.toContain(`GET /upstream/${APP}-0.1.0.tgz 200`);
  });
});
