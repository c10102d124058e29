import type { HelmChartProps, HelmRepositoryProps, OciRepositoryProps } from '../imports/source.toolkit.fluxcd.io';
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

/** API version and kind of an OCIRepository. */
export const ociRepositoryGvk = { apiVersion: sourceApiVersion, kind: 'OCIRepository' } as const;

/** API version and kind of an ExternalArtifact. */
export const externalArtifactGvk = { apiVersion: sourceApiVersion, kind: 'ExternalArtifact' } as const;

/** API version and kind of an ArtifactGenerator. */
export const artifactGeneratorGvk = {
  apiVersion: 'source.extensions.fluxcd.io/v1beta1',
  kind: 'ArtifactGenerator',
} as const;

/** An OCIRepository, with its spec. */
export type OciRepositoryManifest = SourceManifest<'OCIRepository', OciRepositoryProps>;

/** An ArtifactGenerator, with its spec. */
export type ArtifactGeneratorManifest = Manifest<
  typeof artifactGeneratorGvk.apiVersion,
  'ArtifactGenerator',
  {
    readonly spec: {
      readonly sources: readonly { alias: string; kind: string; name: string; namespace?: string }[];
      readonly artifacts: readonly {
        name: string;
        copy: readonly { from: string; to: string; strategy?: 'Overwrite' | 'Merge' | 'Extract' }[];
      }[];
    };
  }
>;
