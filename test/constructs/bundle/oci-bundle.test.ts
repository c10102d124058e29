import { Testing } from 'cdk8s';
import { describe, expect, test } from 'vitest';
import { ApiServer } from '../../../src/chain/api-server';
import { OciBundle, type OciBundleProps } from '../../../src/constructs/bundle/oci-bundle';
import { thrownBy } from '../../support/errors';
import { find, labelOf } from '../../support/golden';

const props: OciBundleProps = {
  apiServer: ApiServer.fromUrl('https://example.org:6443'),
  namespace: 'platform',
  assets: { name: 'platform', url: 'oci://registry.example/platform/charts', version: { semver: '1.x' } },
  charts: [{ name: 'network', path: 'charts/network' }],
  flux: {},
  releases: [{ name: 'network' }],
};

const synthBundle = (changes: Partial<OciBundleProps> = {}) =>
  Testing.synth(new OciBundle(Testing.app(), 'bundle', { ...props, ...changes }));

describe('an OciBundle', () => {
  test('has no server, no rights and no certificate', () => {
    expect(synthBundle().map(labelOf)).toEqual([
      'Namespace flux-system',
      'ServiceAccount flux',
      'ClusterRoleBinding flux',
      'ClusterRole flux-view',
      'ResourceQuota flux',
      'Deployment flux',
      'Namespace platform',
      'OCIRepository platform',
      'ArtifactGenerator platform',
      'HelmRelease network',
    ]);
  });

  test('installs the chart of the own name of a release, or the one that it names', () => {
    const releases = [{ name: 'network' }, { name: 'second', namespace: 'shop', chart: 'network' }];
    const objects = synthBundle({ releases });

    const chartRef = { kind: 'ExternalArtifact', name: 'network', namespace: 'platform' };
    expect(find(objects, 'HelmRelease network')).toHaveProperty('spec.chartRef', chartRef);
    expect(find(objects, 'HelmRelease second')).toMatchObject({ metadata: { namespace: 'shop' }, spec: { chartRef } });
    expect(objects.map(labelOf)).toContain('Namespace shop');
  });

  test('installs a chart that is on the cluster already', () => {
    const chart = { kind: 'OCIRepository', name: 'shop', namespace: 'shop' } as const;
    const objects = synthBundle({ releases: [{ name: 'shop', chart: { ...chart, exists: true } }] });

    expect(find(objects, 'HelmRelease shop')).toMatchObject({
      metadata: { annotations: { 'eggtooth.dev/existing': 'OCIRepository/shop/shop' } },
      spec: { chartRef: chart },
    });
  });

  test('labels every object as its Chart props specify', () => {
    const labels = { 'example.org/team': 'platform' };

    for (const object of synthBundle({ labels })) expect(object.metadata.labels, labelOf(object)).toMatchObject(labels);
  });

  test('rejects a release of a chart that it does not have', () => {
    expect(thrownBy(() => synthBundle({ releases: [{ name: 'storage' }] }))).toMatchObject({
      code: 'ERR_EGGTOOTH_SOURCE',
      problem: 'has no chart "storage"',
      fix: 'use one of network',
    });
  });

  test('rejects a second bundle with its id', () => {
    const app = Testing.app();
    new OciBundle(app, 'bundle', props);

    expect(thrownBy(() => new OciBundle(app, 'bundle', props))).toMatchObject({
      code: 'ERR_EGGTOOTH_OPTION',
      problem: 'a construct with the id of the bundle exists: bundle',
    });
  });
});
