export type { SecretReference } from '../chain/links';
export type { ApiCall, ClientCertificate, Cluster } from '../cluster/cluster';
export {
  type ApplyOptions,
  type CallOptions,
  ClusterObjects,
  type DeleteOptions,
  type ListOptions,
  type PatchOptions,
  type WriteOptions,
} from '../cluster/cluster-objects';
export type { Kind, Resource } from '../cluster/discovery';
export type { Impersonation } from '../cluster/impersonation';
export { clusterFromKubeconfig } from '../cluster/kubeconfig';
export type { KubeconfigOptions } from '../cluster/kubeconfig-options';
export { EggtoothError, type ErrorCode, type ErrorContext, isError } from '../errors';
export type { ReadBundleOptions } from '../kubernetes/choose-bundle';
export type { KubeObject, ObjectReference } from '../kubernetes/kube-object';
export { readBundle } from '../kubernetes/read-bundle';
export type { KeyAlgorithm } from '../pki/certificate-signing-request';
export type { CryptoProvider } from '../pki/create-request';
export type { IssueOptions } from '../signing/issue-options';
export type { IssueResult } from '../signing/issue-result';
export type { AdoptOptions } from '../signing/secret/assert-ours';
export {
  type Check,
  type CheckOutcome,
  type CheckSubject,
  type NamespacedName,
  printCheck,
} from '../signing/verify/check';
export type { VerificationOptions } from '../signing/verify/verify-before-write';
export { type AppliedObject, type ApplyObjectsOptions, type ApplyOutcome, applyObjects } from './apply-objects';
export type { DowngradeOptions } from './downgrade';
export type { CertificateOptions } from './issue-certificates';
export type { NotWaitedFor } from './links/not-waited-for';
export type { ReadyNode } from './links/probe-nodes';
export type { ReadyRelease } from './links/probe-releases';
export { type ReadRepository, waitForRepositories } from './links/probe-repositories';
export { type PlannedObject, type PlanUpOptions, planUp, type UpPlan } from './plan-up';
export { type DownResult, down, planDown, type RemovedObject } from './removal/down';
export type { Unread } from './removal/inventory';
export type { Leftover, PruneOptions, PruneResult } from './removal/prune';
export type { RunOptions } from './run';
export type { Until } from './until';
export { type UpOptions, type UpResult, up } from './up';
