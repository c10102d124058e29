export { ApiServer, type ApiServerOptions } from './chain/api-server';
export { Chain } from './chain/chain';
export { type Fault, type Finding, printFinding, type Rule, type Severity } from './chain/finding';
export {
  type ParsedProxyPath,
  type PodRouteProps,
  type ProxyResource,
  ProxyRoute,
  type ProxyScheme,
  type ServiceRouteProps,
} from './chain/proxy-route';
export { rules } from './chain/rules';
export * from './constructs/bundle/bootstrap-bundle';
export type { BundleFlux } from './constructs/bundle/bundle-flux';
export type { BundledRepository } from './constructs/bundle/chart-source';
export * from './constructs/bundle/oci-bundle';
export * from './constructs/certificate/certificate-renewal';
export { ClientCertificate, type ClientCertificateProps } from './constructs/certificate/client-certificate';
export type { ArtifactSource, ArtifactSourceKind } from './constructs/charts/artifact-source';
export * from './constructs/charts/assets-reader';
export * from './constructs/charts/assets-repository';
export * from './constructs/charts/assets-server';
export * from './constructs/charts/assets-sidecar';
export * from './constructs/charts/chart-artifacts';
export type { ChartArtifact } from './constructs/charts/chart-copies';
export * from './constructs/charts/chart-release';
export * from './constructs/charts/local-repository';
export * from './constructs/charts/oci-assets';
export { FluxAio } from './constructs/flux-aio/flux-aio';
export type * from './constructs/flux-aio/flux-aio-props';
export { FluxCrds, type FluxCrdsProps } from './constructs/flux-aio/flux-crds';
export type { FluxController, FluxVersion } from './constructs/flux-aio/flux-releases';
export { fluxCrds } from './constructs/flux-aio/load-crds';
export { EggtoothError, type ErrorCode, type ErrorContext } from './errors';
export type { KubeObject, ObjectReference } from './kubernetes/kube-object';
export type { KeyAlgorithm } from './pki/certificate-signing-request';
