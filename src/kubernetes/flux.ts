import type { Problem } from '../errors';

export {
  artifactGeneratorMaxLengths,
  artifactGeneratorPatterns,
  gitRepositoryPatterns,
  helmReleaseMaxLengths,
  helmReleasePatterns,
  helmRepositoryPatterns,
  kustomizationPatterns,
  ociRepositoryPatterns,
} from '../../imports/constraints';

const sourceApiVersion = 'source.toolkit.fluxcd.io/v1';

/** API version and kind of a HelmRepository. */
export const helmRepositoryGvk = { apiVersion: sourceApiVersion, kind: 'HelmRepository' } as const;

/** API version and kind of a HelmChart. */
export const helmChartGvk = { apiVersion: sourceApiVersion, kind: 'HelmChart' } as const;

/** API version and kind of an OCIRepository. */
export const ociRepositoryGvk = { apiVersion: sourceApiVersion, kind: 'OCIRepository' } as const;

/** API version and kind of a GitRepository. */
export const gitRepositoryGvk = { apiVersion: sourceApiVersion, kind: 'GitRepository' } as const;

/** API version and kind of an ExternalArtifact, which source-watcher creates for an ArtifactGenerator. */
export const externalArtifactGvk = { apiVersion: sourceApiVersion, kind: 'ExternalArtifact' } as const;

/** API version and kind of an ArtifactGenerator. */
export const artifactGeneratorGvk = {
  apiVersion: 'source.extensions.fluxcd.io/v1beta1',
  kind: 'ArtifactGenerator',
} as const;

/** API version and kind of a HelmRelease. */
export const helmReleaseGvk = { apiVersion: 'helm.toolkit.fluxcd.io/v2', kind: 'HelmRelease' } as const;

/** API version and kind of a Kustomization of Flux. */
export const kustomizationGvk = { apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization' } as const;

/** Annotation that makes a controller of Flux reconcile an object at once. */
export const RECONCILE_ANNOTATION = 'reconcile.fluxcd.io/requestedAt';

/** Annotation that makes helm-controller reset the failures of a HelmRelease, if it equals the one above. */
export const RESET_ANNOTATION = 'reconcile.fluxcd.io/resetAt';

/** How often Flux compares source and cluster, unless a prop says otherwise (spec.interval). */
export const DEFAULT_INTERVAL = '5m0s';

/**
 * Why the API server would refuse a duration of a Flux object.
 * @param pattern - the field's pattern in the CRD
 */
export function durationProblem(value: unknown, pattern: string): Problem | undefined {
  const form = new RegExp(pattern);
  if (typeof value === 'string' && form.test(value)) return undefined;
  return {
    problem:
      value === undefined ? 'is missing' : `${JSON.stringify(value)} does not match ${pattern}, as its CRD requires`,
    fix: `write a duration such as ${form.test('1h') ? '5m0s (units: ms, s, m, h)' : '1m30s (units: ms, s, m)'}`,
  };
}
