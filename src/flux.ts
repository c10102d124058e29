import type { HelmChartProps, HelmRepositoryProps } from '../imports/source.toolkit.fluxcd.io';
import type { Manifest } from './manifest';

export { helmRepositoryPatterns } from '../imports/helm-repository-constraints';

// Of the generated kinds types only: a synth needs none of their code, and would wait for it.

const sourceApiVersion = 'source.toolkit.fluxcd.io/v1';

/** API version and kind of a HelmRepository. */
export const helmRepositoryGvk = { apiVersion: sourceApiVersion, kind: 'HelmRepository' } as const;

/** API version and kind of a HelmChart. */
export const helmChartGvk = { apiVersion: sourceApiVersion, kind: 'HelmChart' } as const;

type SourceManifest<Kind extends string, Props> = Manifest<typeof sourceApiVersion, Kind, Required<Props>>;

/** A HelmRepository, with its spec. */
export type HelmRepositoryManifest = SourceManifest<'HelmRepository', HelmRepositoryProps>;

/** A HelmChart, with its spec. */
export type HelmChartManifest = SourceManifest<'HelmChart', HelmChartProps>;
