export {
  artifactGeneratorMaxLengths,
  artifactGeneratorPatterns,
  helmReleaseMaxLengths,
  helmReleasePatterns,
  helmRepositoryPatterns,
  ociRepositoryPatterns,
} from '../../imports/constraints';

const sourceApiVersion = 'source.toolkit.fluxcd.io/v1';

/** API version and kind of a HelmRepository. */
export const helmRepositoryGvk = { apiVersion: sourceApiVersion, kind: 'HelmRepository' } as const;

/** API version and kind of a HelmChart. */
export const helmChartGvk = { apiVersion: sourceApiVersion, kind: 'HelmChart' } as const;

/** API version and kind of an OCIRepository. */
export const ociRepositoryGvk = { apiVersion: sourceApiVersion, kind: 'OCIRepository' } as const;

/** API version and kind of an ExternalArtifact, which source-watcher creates for an ArtifactGenerator. */
export const externalArtifactGvk = { apiVersion: sourceApiVersion, kind: 'ExternalArtifact' } as const;

/** API version and kind of an ArtifactGenerator. */
export const artifactGeneratorGvk = {
  apiVersion: 'source.extensions.fluxcd.io/v1beta1',
  kind: 'ArtifactGenerator',
} as const;

/** API version and kind of a HelmRelease. */
export const helmReleaseGvk = { apiVersion: 'helm.toolkit.fluxcd.io/v2', kind: 'HelmRelease' } as const;
