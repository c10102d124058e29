import type { Cluster } from './cluster';
import { Deadline } from './deadline';
import { PatientCluster } from './patient-cluster';

/** The cluster, with calls that are made again for some time while they fail for reasons that pass. */
export function patient(cluster: Cluster, timeout: number, onProgress: (step: string) => void): PatientCluster {
  return new PatientCluster(cluster, new Deadline(timeout), (reason) => onProgress(`trying again: ${reason}`));
}
