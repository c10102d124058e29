import type { Cluster } from './cluster';
import { startControlPlane } from './control-plane';
import { useExistingCluster } from './existing-cluster';

/** Connects to the cluster of `$EGGTOOTH_E2E_KUBECONFIG`, or starts a new one. */
export async function startCluster(): Promise<Cluster> {
  const kubeconfig = process.env.EGGTOOTH_E2E_KUBECONFIG;
  return kubeconfig ? useExistingCluster(kubeconfig) : startControlPlane();
}
