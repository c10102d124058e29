export { clusterFromKubeconfig, type KubeconfigOptions } from '../cluster/kubeconfig';
export { readBundle } from '../kubernetes/read-bundle';
export { type CleanUpResult, cleanUp, planCleanUp } from './clean-up';
export type { LeftObject } from './find-leftovers';
export { type MigrateResult, migrate, planMigrate } from './migrate';
export type { SourceState } from './source-readiness';
