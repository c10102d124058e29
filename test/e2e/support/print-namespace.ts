// Prints the namespace of objects that name none, for a test in a mount namespace of its own.
import { clusterFromKubeconfig } from '../../../src/cluster/kubeconfig';

clusterFromKubeconfig().then((cluster) => {
  console.log(cluster.namespace);
  cluster.close();
});
