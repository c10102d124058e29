export { ApiServer, type ApiServerOptions } from './api-server';
export type { ArtifactSource, ArtifactSourceKind } from './artifact-source';
export * from './assets-reader';
export * from './assets-repository';
export * from './assets-server';
export * from './assets-sidecar';
export * from './bootstrap-bundle';
export type { BundleFlux } from './bundle-flux';
export type { BundledRepository } from './bundle-road';
export * from './certificate-renewal';
export type { KeyAlgorithm } from './certificate-request';
export { Chain } from './chain/chain';
export { type Fault, type Finding, printFinding, type Rule, type Severity } from './chain/finding';
export { rules } from './chain/rules';
export * from './chart-artifacts';
export type { ChartArtifact } from './chart-copies';
export * from './chart-release';
export { ClientCertificate, type ClientCertificateProps } from './client-certificate';
export { EggtoothError, type ErrorCode, type ErrorContext } from './errors';
export { fluxCrds } from './flux-aio/crds';
export { FluxAio } from './flux-aio/flux-aio';
export { FluxCrds, type FluxCrdsProps } from './flux-aio/flux-crds';
export type * from './flux-aio/props';
export type { FluxController, FluxVersion } from './flux-aio/versions';
export type { KubeObject, ObjectReference } from './kube-object';
export * from './local-repository';
export * from './oci-assets';
export * from './oci-bundle';
export {
  type ParsedProxyPath,
  type PodRouteProps,
  type ProxyResource,
  ProxyRoute,
  type ProxyScheme,
  type ServiceRouteProps,
} from './proxy-route';
