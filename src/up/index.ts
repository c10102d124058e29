export { readBundle } from '../chain/read-bundle';
export type { ApiCall, Cluster } from '../cluster/cluster';
export { clusterFromKubeconfig, type KubeconfigOptions } from '../cluster/kubeconfig';
export { ClusterObjects, type DeleteOptions, type WriteOptions } from '../cluster/objects';
export { EggtoothError, type ErrorCode, type ErrorContext } from '../errors';
export { type AppliedObject, applyObjects } from './apply';
export type { RunOptions } from './run';
