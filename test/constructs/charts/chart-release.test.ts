import { ApiObject, Yaml } from 'cdk8s';
import { describe, expect, test } from 'vitest';
import { ChartRelease, type ChartReleaseProps } from '../../../src/constructs/charts/chart-release';
import { LocalRepository } from '../../../src/constructs/charts/local-repository';
import { ociRepositoryGvk } from '../../../src/kubernetes/flux';
import { synth } from '../../support/synth';

function release(changes: Partial<Omit<ChartReleaseProps, 'chart'>> & { version?: string } = {}) {
  const { version, ...props } = changes;
  const objects = synth((chart) => {
    const repository = new LocalRepository(chart, 'repository', {
      name: 'system',
      namespace: 'platform',
      path: '/repos/system',
      assets: { port: 8123 },
    });
    new ChartRelease(chart, 'release', {
      name: 'cilium',
      namespace: 'kube-system',
      chart: { repository, name: 'cilium', version },
      ...props,
    });
  });
  return objects[1];
}

describe('a ChartRelease', () => {
  test('installs a chart of a repository, which can be in another namespace', () => {
    expect(release()).toEqual({
      apiVersion: 'helm.toolkit.fluxcd.io/v2',
      kind: 'HelmRelease',
      metadata: { name: 'cilium', namespace: 'kube-system' },
      spec: {
        interval: '5m0s',
        chart: {
          spec: { chart: 'cilium', sourceRef: { kind: 'HelmRepository', name: 'system', namespace: 'platform' } },
        },
      },
    });
  });

  test('can have a version, an interval, and any other field of its spec', () => {
    const spec = { targetNamespace: 'network', install: { createNamespace: true } };

    expect(release({ version: '1.x', interval: '1h', spec })).toMatchObject({
      spec: { ...spec, interval: '1h', chart: { spec: { version: '1.x' } } },
    });
  });

  test('can refer to a chart that is an object of Flux', () => {
    const chart = { kind: 'OCIRepository', name: 'cilium', namespace: 'platform' } as const;
    const [, object] = synth((scope) => {
      new ApiObject(scope, 'source', {
        ...ociRepositoryGvk,
        metadata: { name: chart.name, namespace: chart.namespace },
        spec: { url: 'oci://registry.example/cilium', interval: '5m0s' },
      });
      new ChartRelease(scope, 'release', { name: 'cilium', namespace: 'platform', chart });
    });

    expect(object).toHaveProperty('spec', { interval: '5m0s', chartRef: chart });
  });

  test('keeps null in its values, which removes a default of the chart', () => {
    const values = { ipam: { mode: null, 'a/b~c': null, list: [1] }, empty: {} };
    const object = release({ values });

    expect(object).toHaveProperty('spec.values', values);
    expect(Yaml.stringify(object)).toContain('mode: null');
  });

  test('keeps null in lists of its values, and in other fields of its spec', () => {
    const values = {
      list: [null, 1, { name: 'a', mode: null, deep: [{ 'b/c~d': null }, [null, { e: null }]] }],
      empty: [],
      nothing: [null],
    };
    const spec = { postRenderers: [{ kustomize: { images: [{ name: 'a', newTag: null as unknown as string }] } }] };
    const object = release({ values, spec });

    expect(object).toHaveProperty('spec.values', values);
    expect(object).toHaveProperty('spec.postRenderers', spec.postRenderers);
  });
});
