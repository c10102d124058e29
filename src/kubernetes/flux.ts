import type { HelmReleaseProps } from '../../imports/helm.toolkit.fluxcd.io';
import type { ArtifactGeneratorProps } from '../../imports/source.extensions.fluxcd.io';
import type { HelmChartProps, HelmRepositoryProps, OciRepositoryProps } from '../../imports/source.toolkit.fluxcd.io';
import type { Manifest } from './manifest';

export {
  artifactGeneratorMaxLengths,
  artifactGeneratorPatterns,
  helmReleaseMaxLengths,
  helmReleasePatterns,
  helmRepositoryPatterns,
  ociRepositoryPatterns,
} from '../../imports/constraints';

// Of the generated kinds types only: a synth needs none of their code, and would wait for it.

const sourceApiVersion = 'source.toolkit.fluxcd.io/v1';

/** API version and kind of a HelmRepository. */
export const helmRepositoryGvk = { apiVersion: sourceApiVersion, kind: 'HelmRepository' } as const;

/** API version and kind of a HelmChart. */
export const helmChartGvk = { apiVersion: sourceApiVersion, kind: 'HelmChart' } as const;

/** API version and kind of an OCIRepository. */
export const ociRepositoryGvk = { apiVersion: sourceApiVersion, kind: 'OCIRepository' } as const;

/** API version and kind of an ExternalArtifact: what source-watcher makes of an ArtifactGenerator. */
export const externalArtifactGvk = { apiVersion: sourceApiVersion, kind: 'ExternalArtifact' } as const;

/** API version and kind of an ArtifactGenerator. */
export const artifactGeneratorGvk = {
  apiVersion: 'source.extensions.fluxcd.io/v1beta1',
  kind: 'ArtifactGenerator',
} as const;

/** API version and kind of a HelmRelease. */
export const helmReleaseGvk = { apiVersion: 'helm.toolkit.fluxcd.io/v2', kind: 'HelmRelease' } as const;

type FluxManifest<Gvk extends { apiVersion: string; kind: string }, Props> = Manifest<
  Gvk['apiVersion'],
  Gvk['kind'],
  Required<Props>
>;

/** A HelmRepository, with its spec. */
export type HelmRepositoryManifest = FluxManifest<typeof helmRepositoryGvk, HelmRepositoryProps>;

/** A HelmChart, with its spec. */
export type HelmChartManifest = FluxManifest<typeof helmChartGvk, HelmChartProps>;

/** An OCIRepository, with its spec. */
export type OciRepositoryManifest = FluxManifest<typeof ociRepositoryGvk, OciRepositoryProps>;

/** An ArtifactGenerator, with its spec. */
export type ArtifactGeneratorManifest = FluxManifest<typeof artifactGeneratorGvk, ArtifactGeneratorProps>;

/** A HelmRelease, with its spec. */
export type HelmReleaseManifest = FluxManifest<typeof helmReleaseGvk, HelmReleaseProps>;
