import type { KubeObject } from '../../../src/kubernetes/kube-object';
import { type Broken, extended, type Sound } from './broken';
import { appsSource, by, existing, from, release } from './release';

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
    'a HelmRepository that is not in the bundle',
    from({ kind: 'HelmRepository', name: 'other' }),
    'HelmRepository cozy-system/other is not in the bundle, so Flux cannot find the chart',
    'add the HelmRepository to the bundle',
  ],
  [
    'a reference without the namespace of the HelmRepository',
    from({ kind: 'HelmRepository', name: 'cozystack-apps' }),
    'HelmRepository cozy-system/cozystack-apps is not in the bundle',
    'name its namespace: the bundle has one in cozy-public',
  ],
  [
    'a GitRepository with the name of a HelmRepository',
    from({ ...appsSource, kind: 'GitRepository' }),
    'GitRepository cozy-public/cozystack-apps is not in the bundle',
    'add the GitRepository',
  ],
  [
    'an OCIRepository that is not in the bundle',
    by({ kind: 'OCIRepository', name: 'any' }),
    'OCIRepository cozy-system/any is not in the bundle',
    'add the OCIRepository to the bundle',
  ],
  [
    'an ExternalArtifact that nothing creates',
    by({ kind: 'ExternalArtifact', name: 'any' }),
    'ExternalArtifact cozy-system/any is not in the bundle',
    'add the ExternalArtifact, or the ArtifactGenerator that creates it, to the bundle',
  ],
];

/** Bundles in which the chart of a HelmRelease has no valid source. */
export const brokenSources: readonly Broken[] = [
  ...missing.map(([what, spec, says, fix]) => ({
    severity: 'warning' as const,
    by: what,
    ...extended(release('any', spec)),
    field: 'chartRef' in spec ? 'spec.chartRef' : 'spec.chart.spec.sourceRef',
    says,
    fix,
  })),
  {
    severity: 'warning' as const,
    by: 'an ExternalArtifact in another namespace than its ArtifactGenerator',
    ...extended(
      generator({ artifacts: [{ name: 'network' }] }),
      release('any', by({ kind: 'ExternalArtifact', name: 'network', namespace: 'cozy-public' })),
    ),
    field: 'spec.chartRef',
    says: 'ExternalArtifact cozy-public/network is not in the bundle',
    fix: 'name its namespace: the bundle has one in cozy-system',
  },
  ...[
    ['HelmRepository/cozy-system/othr', 'another name'],
    ['HelmRepository/cozy-public/other', 'another namespace'],
    ['GitRepository/cozy-system/other', 'another kind'],
    ['other', 'no kind and namespace'],
    ['', 'nothing'],
  ].map(([stated = '', what]) => ({
    severity: 'warning' as const,
    by: `a source that is not in the bundle, and a statement that names ${what}`,
    ...extended(existing(stated, release('any', from({ kind: 'HelmRepository', name: 'other' })))),
    field: 'spec.chart.spec.sourceRef',
    says: 'HelmRepository cozy-system/other is not in the bundle',
    fix: 'If the cluster has it already, set the annotation eggtooth.dev/existing: HelmRepository/cozy-system/other',
  })),
  {
    by: 'a kind that no HelmRelease can refer to, although it is stated to exist',
    ...extended(existing('HelmRepository/cozy-public/cozystack-apps', release('any', by(appsSource)))),
    field: 'spec.chartRef.kind',
    says: '"HelmRepository" is not a kind that is allowed here',
    fix: 'use one of OCIRepository, HelmChart, ExternalArtifact',
  },
  {
    by: 'neither chart nor chartRef',
    ...extended(release('any', { chart: undefined })),
    field: 'spec',
    says: 'neither chart nor chartRef is set',
    fix: 'set exactly one of spec.chart and spec.chartRef',
  },
  {
    by: 'both chart and chartRef',
    ...extended(source('OCIRepository'), release('any', { chartRef: { kind: 'OCIRepository', name: 'any' } })),
    field: 'spec.chartRef',
    says: 'both chart and chartRef are set',
    fix: 'set exactly one of spec.chart and spec.chartRef',
  },
  {
    by: 'an OCIRepository by sourceRef',
    ...extended(source('OCIRepository'), release('any', from({ kind: 'OCIRepository', name: 'any' }))),
    field: 'spec.chart.spec.sourceRef.kind',
    says: '"OCIRepository" is not a kind that is allowed here',
    fix: 'use one of HelmRepository, GitRepository, Bucket, or refer to the OCIRepository by spec.chartRef',
  },
  {
    by: 'a HelmRepository by chartRef',
    ...extended(release('any', by(appsSource))),
    field: 'spec.chartRef.kind',
    says: '"HelmRepository" is not a kind that is allowed here',
    fix: 'use one of OCIRepository, HelmChart, ExternalArtifact',
  },
  {
    by: 'a chart without a sourceRef',
    ...extended(release('any', from(undefined))),
    field: 'spec.chart.spec.sourceRef.kind',
    says: '"" is not a kind that is allowed here',
    fix: 'use one of HelmRepository',
  },
].map((broken) => ({ rule: 'release-source', at: ['HelmRelease cozy-system/any'], ...broken }));

/** Bundles in which the charts of HelmReleases have valid sources. */
export const soundSources: readonly Sound[] = [
  { with: 'a HelmRelease with a source in another namespace', ...extended(release('any')) },
  {
    with: 'a HelmRelease with a source that is on the cluster already',
    ...extended(
      existing(
        'HelmRelease/a/b, HelmRepository/cozy-system/other',
        release('any', from({ kind: 'HelmRepository', name: 'other' })),
      ),
    ),
  },
  {
    with: 'a HelmRelease with an artifact that is on the cluster already',
    ...extended(
      existing(
        'ExternalArtifact/packages/any',
        release('any', by({ kind: 'ExternalArtifact', name: 'any', namespace: 'packages' })),
      ),
    ),
  },
  {
    with: 'a HelmRelease with a source in its own namespace',
    ...extended(release('any', from({ ...appsSource, namespace: undefined }), 'cozy-public')),
  },
  ...['GitRepository', 'Bucket'].map((kind) => ({
    with: `a HelmRelease with a ${kind} as its source`,
    ...extended(source(kind), release('any', from({ kind, name: 'any' }))),
  })),
  ...['OCIRepository', 'HelmChart', 'ExternalArtifact'].map((kind) => ({
    with: `a HelmRelease with a ${kind} as its chartRef`,
    ...extended(source(kind), release('any', by({ kind, name: 'any' }))),
  })),
  ...[{ artifacts: [{ name: 'network' }] }, { pathPattern: '@packages/{app}', artifacts: [{ name: 'app-{app}' }] }].map(
    (spec) => ({
      with: `a HelmRelease with an artifact of the ArtifactGenerator ${JSON.stringify(spec)}`,
      ...extended(generator(spec), release('any', by({ kind: 'ExternalArtifact', name: 'network' }))),
    }),
  ),
];
