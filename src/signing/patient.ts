import type { Cluster } from '../cluster/cluster';
import { Deadline } from '../cluster/deadline';
import { PatientCluster } from '../cluster/patient-cluster';

/** The cluster, with calls that are made again for some time while they fail for reasons that pass. */
export function patient(cluster: Cluster, timeout: number, onProgress: (step: string) => void): PatientCluster {
  return new PatientCluster(cluster, new Deadline(timeout), (reason) => onProgress(`trying again: ${reason}`));
}
