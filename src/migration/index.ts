export type { ApiCall, ClientCertificate, Cluster } from '../cluster/cluster';
export type { Impersonation } from '../cluster/impersonation';
export { clusterFromKubeconfig } from '../cluster/kubeconfig';
export type { KubeconfigOptions } from '../cluster/kubeconfig-options';
export { EggtoothError, type ErrorCode, type ErrorContext, isError } from '../errors';
export type { ReadBundleOptions } from '../kubernetes/choose-bundle';
export type { KubeObject, ObjectReference } from '../kubernetes/kube-object';
export { readBundle } from '../kubernetes/read-bundle';
export {
  type Check,
  type CheckOutcome,
  type CheckSubject,
  type NamespacedName,
  printCheck,
} from '../signing/verify/check';
export type { AppliedObject, ApplyOutcome } from '../up/apply-objects';
export type { RunOptions } from '../up/run';
export { type CleanUpResult, cleanUp, planCleanUp } from './clean-up';
export type { KeptObject } from './find-leftovers';
export { type MigratePlan, type MigrateResult, migrate, planMigrate } from './migrate';
export type { SourceState } from './source-readiness';
