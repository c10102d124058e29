export type { ApiServer, ApiServerOptions } from '../chain/api-server';
export { Chain } from '../chain/chain';
export type { ChainLinks } from '../chain/chain-links';
export type { Credential, CredentialSecret, ReadableRepository } from '../chain/credentials';
export type { ReaderUser } from '../chain/generation';
export type { Grant } from '../chain/grants';
export type { RepositoryLink, RouteLink, SecretReference } from '../chain/links';
export type {
  ParsedProxyPath,
  PodRouteProps,
  ProxyResource,
  ProxyRoute,
  ProxyScheme,
  ServiceRouteProps,
} from '../chain/proxy-route';
export type { ProxyUrl } from '../chain/proxy-url';
export type { Release, SourceReference } from '../chain/releases';
export type { TakenChart } from '../chain/taken-charts';
export type { Workload } from '../chain/workloads';
export type { ApiCall, ClientCertificate, Cluster } from '../cluster/cluster';
export type { Impersonation } from '../cluster/impersonation';
export { clusterFromKubeconfig } from '../cluster/kubeconfig';
export type { KubeconfigOptions } from '../cluster/kubeconfig-options';
export { EggtoothError, type ErrorCode, type ErrorContext, isError, type Refusal } from '../errors';
export type { ReadBundleOptions } from '../kubernetes/choose-bundle';
export type {
  CertificateSigningRequestManifest,
  ClusterRoleManifest,
  PolicyRule,
  RoleManifest,
  SecretManifest,
} from '../kubernetes/k8s';
export type { KubeObject, ObjectReference } from '../kubernetes/kube-object';
export { readBundle } from '../kubernetes/read-bundle';
export type { KeyAlgorithm } from '../pki/certificate-signing-request';
export {
  type CertificateExpectation,
  type CheckedCertificate,
  checkCertificate,
  type IssuedCertificate,
} from '../pki/check-certificate';
export { type CheckedRequest, checkRequest, type RequestExpectation } from '../pki/check-request';
export { type CryptoProvider, createRequest, type KeyAndRequest, type RequestOptions } from '../pki/create-request';
export { PrivateKey } from '../pki/private-key';
export { renewalTime } from '../pki/renewal-time';
export type { Binding, Subject } from '../rights/role-bindings';
export type { RoleRule } from '../rights/role-rule';
export { type CaFiles, readCaFiles } from './ca-files';
export { commandRights, type RightsCommand } from './command-rights';
export { type ReconcileOptions, requestReconcile } from './flux/reconcile-request';
export { issue } from './issue';
export type { IssueOptions } from './issue-options';
export type { IssueResult } from './issue-result';
export { type IssuePlan, planIssue } from './plan-issue';
export { type RenewOptions, type RenewResult, renew } from './renew';
export { approveRequest } from './request/approve-request';
export { assertPolicy, type PolicyCheck } from './request/assert-policy';
export { type CollectOptions, collectCertificate } from './request/collect-certificate';
export { type CsrOptions, type CsrResult, csr } from './request/csr';
export { type KeyFileOptions, writeKeyFile } from './request/key-file';
export { type OpenRequest, type RequestCertificateOptions, requestCertificate } from './request/request-certificate';
export type { RequestSummary } from './request/request-summary';
export { type ReviewOptions, reviewRequest } from './request/review-request';
export { type SubmittedRequest, submitRequest } from './request/submit-request';
export { type WaitOptions, waitForCertificate } from './request/wait-for-certificate';
export { type RevokeOptions, type RevokeResult, revoke } from './revoke';
export type { AdoptOptions } from './secret/assert-ours';
export { type WriteSecretsOptions, writeSecrets } from './secret/write-secrets';
export { type SignOptions, type SignResult, sign } from './sign';
export { type ReaderStatus, type SecretStatus, status } from './status';
export { type StatusMetricsOptions, statusMetrics } from './status-metrics';
export { type Check, type CheckOutcome, type CheckSubject, type NamespacedName, printCheck } from './verify/check';
export { type VerifyOptions, verify } from './verify/verify';
export type { VerificationOptions } from './verify/verify-before-write';
