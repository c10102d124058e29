export { ApiServer, type ApiServerOptions } from './chain/api-server';
export { Chain } from './chain/chain';
export type { ChainLinks } from './chain/chain-links';
export type { Credential, CredentialSecret, ReadableRepository } from './chain/credentials';
export { type Fault, type Finding, printFinding, type Rule, type Severity } from './chain/finding';
export type { ReaderUser } from './chain/generation';
export type { Grant } from './chain/grants';
export type { RepositoryLink, RouteLink, SecretReference } from './chain/links';
export {
  type ParsedProxyPath,
  type PodRouteProps,
  type ProxyResource,
  ProxyRoute,
  type ProxyScheme,
  type ServiceRouteProps,
} from './chain/proxy-route';
export type { ProxyUrl } from './chain/proxy-url';
export type { Release, SourceReference } from './chain/releases';
export { allRules } from './chain/rules';
export { check, warningsOf } from './chain/rules/check';
export type { TakenChart } from './chain/taken-charts';
export type { Workload } from './chain/workloads';
export { BootstrapBundle } from './constructs/bundle/bootstrap-bundle';
export type {
  BootstrapBundleProps,
  BundleAssets,
  BundleRelease,
  BundleRepository,
} from './constructs/bundle/bootstrap-bundle-props';
export type { BundleFlux } from './constructs/bundle/bundle-flux';
export type { BundledRepository } from './constructs/bundle/bundle-repository';
export type { BundleSync } from './constructs/bundle/bundle-sync';
export { OciBundle, type OciBundleProps, type OciRelease } from './constructs/bundle/oci-bundle';
export {
  CertificateRenewal,
  type CertificateRenewalOptions,
  type CertificateRenewalProps,
} from './constructs/certificate/certificate-renewal';
export { ClientCertificate, type ClientCertificateProps } from './constructs/certificate/client-certificate';
export { type ChainValidationOptions, validateChain } from './constructs/chain-validation';
export type { ArtifactSource, ArtifactSourceKind } from './constructs/charts/artifact-source';
export type { AssetsContainerOptions } from './constructs/charts/assets-container';
export { AssetsReader, type AssetsReaderProps } from './constructs/charts/assets-reader';
export {
  AssetsRepository,
  type AssetsRepositoryOptions,
  type AssetsRepositoryProps,
} from './constructs/charts/assets-repository';
export { AssetsServer, type AssetsServerProps, type PodRouteSpelling } from './constructs/charts/assets-server';
export { AssetsSidecar, type AssetsSidecarProps } from './constructs/charts/assets-sidecar';
export { ChartArtifacts, type ChartArtifactsProps } from './constructs/charts/chart-artifacts';
export type { ChartArtifact } from './constructs/charts/chart-copies';
export {
  type ChartReference,
  ChartRelease,
  type ChartReleaseProps,
  type ExistingSource,
  type ReleaseDependency,
  type ReleaseOptions,
  type RepositoryChart,
} from './constructs/charts/chart-release';
export { type LocalAssets, LocalRepository, type LocalRepositoryProps } from './constructs/charts/local-repository';
export { OciAssets, type OciAssetsOptions, type OciAssetsProps } from './constructs/charts/oci-assets';
export { OciChart, type OciChartOptions, type OciChartProps } from './constructs/charts/oci-chart';
export type { OciProvider, OciSourceOptions, OciVersion } from './constructs/charts/oci-source';
export type { OciVerification, OidcIdentity } from './constructs/charts/oci-verification';
export {
  UpstreamRepository,
  type UpstreamRepositoryOptions,
  type UpstreamRepositoryProps,
} from './constructs/charts/upstream-repository';
export { FluxAio } from './constructs/flux-aio/flux-aio';
export type {
  FluxAioOptions,
  FluxAioProps,
  FluxControllerOptions,
  FluxPersistence,
  FluxProxy,
} from './constructs/flux-aio/flux-aio-props';
export { FluxCrds, type FluxCrdsProps } from './constructs/flux-aio/flux-crds';
export type { AnyFluxVersion, FluxController, FluxVersion } from './constructs/flux-aio/flux-releases';
export { fluxCrds } from './constructs/flux-aio/load-crds';
export type { ManifestObject } from './constructs/manifest-object';
export { FluxSync, type FluxSyncOptions, type FluxSyncProps, type OciSource } from './constructs/sync/flux-sync';
export type { GitReference, GitSource } from './constructs/sync/git-source';
export { EggtoothError, type ErrorCode, type ErrorContext, isError, type Refusal } from './errors';
export type {
  ArtifactGeneratorManifest,
  GitRepositoryManifest,
  HelmChartManifest,
  HelmReleaseManifest,
  HelmRepositoryManifest,
  KustomizationManifest,
  OciRepositoryManifest,
} from './kubernetes/flux-manifests';
export type {
  Affinity,
  EnvVar,
  LocalObjectReference,
  PolicyRule,
  ResourceRequirements,
  SecurityContext,
  Toleration,
  Volume,
  VolumeMount,
} from './kubernetes/k8s';
export type { KubeObject, ObjectReference } from './kubernetes/kube-object';
export type { KeyAlgorithm } from './pki/certificate-signing-request';
export type { Binding, Subject } from './rights/role-bindings';
export type { RoleRule } from './rights/role-rule';
