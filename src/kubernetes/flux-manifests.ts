import type { HelmReleaseProps } from '../../imports/helm.toolkit.fluxcd.io';
import type { KustomizationProps } from '../../imports/kustomize.toolkit.fluxcd.io';
import type { ArtifactGeneratorProps } from '../../imports/source.extensions.fluxcd.io';
import type {
  GitRepositoryProps,
  HelmChartProps,
  HelmRepositoryProps,
  OciRepositoryProps,
} from '../../imports/source.toolkit.fluxcd.io';
import type {
  artifactGeneratorGvk,
  gitRepositoryGvk,
  helmChartGvk,
  helmReleaseGvk,
  helmRepositoryGvk,
  kustomizationGvk,
  ociRepositoryGvk,
} from './flux';
import type { Manifest } from './manifest';

// Types only: synth does not need the generated code, and loading it takes time.

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

/** A GitRepository, with its spec. */
export type GitRepositoryManifest = FluxManifest<typeof gitRepositoryGvk, GitRepositoryProps>;

/** A Kustomization of Flux, with its spec. */
export type KustomizationManifest = FluxManifest<typeof kustomizationGvk, KustomizationProps>;
