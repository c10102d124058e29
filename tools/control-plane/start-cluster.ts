import type { Cluster } from './cluster';
import { startControlPlane } from './control-plane';
import { useExistingCluster } from './existing-cluster';

/** The cluster that `EGGTOOTH_E2E_KUBECONFIG` names, or a new one of our own. */
export async function startCluster(): Promise<Cluster> {
  const kubeconfig = process.env.EGGTOOTH_E2E_KUBECONFIG;
  return kubeconfig ? useExistingCluster(kubeconfig) : startControlPlane();
}
