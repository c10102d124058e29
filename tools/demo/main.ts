// npm run demo: starts a real node without CNI, and lets Flux bootstrap it.

import { bootstrap, prepareNode } from '../bootstrap/bootstrap';
import { type Cluster, nodeObstacle, startControlPlane } from '../control-plane';
import { indent, step } from './step';
import { readWithoutNode } from './without-node';

async function demo(): Promise<void> {
  const cluster = await step('start etcd, kube-apiserver and kube-controller-manager', startControlPlane);
  try {
    const obstacle = nodeObstacle();
    if (obstacle) {
      process.stdout.write(
        `no real node can run on this machine (${obstacle}), so the demo ends when Flux has read the charts\n`,
      );
      await readWithoutNode(cluster);
    } else {
      await bootstrapNode(cluster);
    }
  } finally {
    await cluster.stop();
  }
}

async function bootstrapNode(cluster: Cluster): Promise<void> {
  const prepared = await step('start kubelet, containerd and kube-scheduler, and synthesize the bundle', () =>
    prepareNode(cluster),
  );
  process.stdout.write('- eggtooth up\n');
  const start = performance.now();
  await bootstrap(cluster, prepared, (event) => {
    const seconds = ((performance.now() - start) / 1000).toFixed(1).padStart(5);
    process.stdout.write(indent(`${seconds} s  ${event}\n`));
  });
  process.stdout.write(`bootstrapped: node ${prepared.node.name} is Ready\n`);
}

demo().catch((error: unknown) => {
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
