export { readBundle } from '../chain/read-bundle';
export { clusterFromKubeconfig, type KubeconfigOptions } from '../cluster/kubeconfig';
export { type CleanUpResult, cleanUp, planCleanUp } from './clean-up';
export type { LeftObject } from './find';
export { type MigrateResult, migrate, planMigrate } from './migrate';
export type { SourceState } from './sources';
