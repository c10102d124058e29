import type { KubeObject } from '../../../src/kubernetes/kube-object';
import { type Broken, extended, type Sound } from './broken';
import { appsSource, by, from, release } from './release';

function source(kind: string): KubeObject {
  return {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind,
    metadata: { name: 'any', namespace: 'cozy-system' },
    spec: {},
  };
}

/** An ArtifactGenerator in the namespace of the HelmReleases. */
export function generator(spec: object): KubeObject {
  return {
    apiVersion: 'source.extensions.fluxcd.io/v1beta1',
    kind: 'ArtifactGenerator',
    metadata: { name: 'packages', namespace: 'cozy-system' },
    spec,
  };
}

const missing: readonly [by: string, spec: object, says: string, fix: string][] = [
  [
    'a HelmRepository that is not there',
    from({ kind: 'HelmRepository', name: 'other' }),
    'the bundle brings no HelmRepository cozy-system/other, so the chart would never be found',
    'add that HelmRepository to the bundle',
  ],
  [
    'a HelmRepository without its namespace',
    from({ kind: 'HelmRepository', name: 'cozystack-apps' }),
    'the bundle brings no HelmRepository cozy-system/cozystack-apps',
    'name its namespace: there is one in cozy-public',
  ],
  [
    "a GitRepository of a HelmRepository's name",
    from({ ...appsSource, kind: 'GitRepository' }),
    'the bundle brings no GitRepository cozy-public/cozystack-apps',
    'add that GitRepository',
  ],
  [
    'an OCIRepository that is not there',
    by({ kind: 'OCIRepository', name: 'any' }),
    'the bundle brings no OCIRepository cozy-system/any',
    'add that OCIRepository to the bundle',
  ],
  [
    'an ExternalArtifact that nobody makes',
    by({ kind: 'ExternalArtifact', name: 'any' }),
    'the bundle brings no ExternalArtifact cozy-system/any',
    'add that ExternalArtifact, made by an ArtifactGenerator, to the bundle',
  ],
];

/** Broken by where the chart of a HelmRelease comes from. */
export const brokenSources: readonly Broken[] = [
  ...missing.map(([what, spec, says, fix]) => ({
    by: what,
    ...extended(release('any', spec)),
    field: 'chartRef' in spec ? 'spec.chartRef' : 'spec.chart.spec.sourceRef',
    says,
    fix,
  })),
  {
    by: 'an ExternalArtifact in another namespace than its ArtifactGenerator',
    ...extended(
      generator({ artifacts: [{ name: 'network' }] }),
      release('any', by({ kind: 'ExternalArtifact', name: 'network', namespace: 'cozy-public' })),
    ),
    field: 'spec.chartRef',
    says: 'the bundle brings no ExternalArtifact cozy-public/network',
    fix: 'name its namespace: there is one in cozy-system',
  },
  {
    by: 'neither chart nor chartRef',
    ...extended(release('any', { chart: undefined })),
    field: 'spec',
    says: 'neither chart nor chartRef is set, so it cannot be told where the chart is',
    fix: 'set exactly one of spec.chart and spec.chartRef',
  },
  {
    by: 'both chart and chartRef',
    ...extended(source('OCIRepository'), release('any', { chartRef: { kind: 'OCIRepository', name: 'any' } })),
    field: 'spec.chartRef',
    says: 'chart is set too, so it cannot be told where the chart is',
    fix: 'set exactly one of spec.chart and spec.chartRef',
  },
  {
    by: 'an OCIRepository by sourceRef',
    ...extended(source('OCIRepository'), release('any', from({ kind: 'OCIRepository', name: 'any' }))),
    field: 'spec.chart.spec.sourceRef.kind',
    says: '"OCIRepository" is no kind that may stand here',
    fix: 'name one of HelmRepository, GitRepository, Bucket, or an OCIRepository by spec.chartRef',
  },
  {
    by: 'a HelmRepository by chartRef',
    ...extended(release('any', by(appsSource))),
    field: 'spec.chartRef.kind',
    says: '"HelmRepository" is no kind that may stand here',
    fix: 'name one of OCIRepository, HelmChart, ExternalArtifact',
  },
  {
    by: 'a chart without a sourceRef',
    ...extended(release('any', from(undefined))),
    field: 'spec.chart.spec.sourceRef.kind',
    says: '"" is no kind that may stand here',
    fix: 'name one of HelmRepository',
  },
].map((broken) => ({ rule: 'release-source', at: ['HelmRelease cozy-system/any'], ...broken }));

/** What looks alike and is in order. */
export const soundSources: readonly Sound[] = [
  { with: 'a HelmRelease from another namespace', ...extended(release('any')) },
  {
    with: 'a HelmRelease from its own',
    ...extended(release('any', from({ ...appsSource, namespace: undefined }), 'cozy-public')),
  },
  ...['GitRepository', 'Bucket'].map((kind) => ({
    with: `a HelmRelease from a ${kind}`,
    ...extended(source(kind), release('any', from({ kind, name: 'any' }))),
  })),
  ...['OCIRepository', 'HelmChart', 'ExternalArtifact'].map((kind) => ({
    with: `a HelmRelease by chartRef from a ${kind}`,
    ...extended(source(kind), release('any', by({ kind, name: 'any' }))),
  })),
  ...[{ artifacts: [{ name: 'network' }] }, { pathPattern: '@packages/{app}', artifacts: [{ name: 'app-{app}' }] }].map(
    (spec) => ({
      with: `a HelmRelease from what an ArtifactGenerator makes by ${JSON.stringify(spec)}`,
      ...extended(generator(spec), release('any', by({ kind: 'ExternalArtifact', name: 'network' }))),
    }),
  ),
];
