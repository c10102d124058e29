import { copyFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { prepareNode } from '../tools/bootstrap/bootstrap';
import { names } from '../tools/bootstrap/names';
import { type Cluster, ensurePrograms, nodeObstacle, startControlPlane } from '../tools/control-plane';
import type { Bench } from './bench';
import { compare, type Program } from './pairs';
import { root } from './programs';

/** `eggtooth up` from a node without CNI to one that is Ready, against kubectl and helm. Each run has a new cluster. */
export const bootstrap: Bench = async (say) => {
  const obstacle = nodeObstacle();
  if (obstacle !== undefined) {
    say(`up, until the node is Ready: not measured, because no real node can run on this machine: ${obstacle}`);
    return [];
  }
  const { kubectl, helm } = await ensurePrograms(['kubectl', 'helm']);
  const cwd = mkdtempSync(join(tmpdir(), 'eggtooth-bench-'));
  const env = {
    KUBECONFIG: join(cwd, 'kubeconfig'),
    PATH: `${dirname(kubectl)}:${dirname(helm)}:${process.env.PATH}`,
    HELM_CACHE_HOME: cwd,
    HELM_CONFIG_HOME: cwd,
    HELM_DATA_HOME: cwd,
  };
  const ours: Program = {
    command: 'eggtooth up bundle',
    args: [join(root, 'lib/eggtooth.js'), 'up', 'bundle'],
    cwd,
    env,
  };
  const peer: Program = {
    command: 'bench/programs/by-hand.sh bundle cni.tgz',
    file: join(root, 'bench/programs/by-hand.sh'),
    args: ['bundle', 'cni.tgz', names.cni, `subnet=${names.podSubnet}`, names.fluxNamespace],
    cwd,
    env,
  };
  let cluster: Cluster | undefined;
  const prepare = async () => {
    await cluster?.stop();
    cluster = await startControlPlane();
    const { bundle, chart } = await prepareNode(cluster);
    copyFileSync(cluster.kubeconfig, env.KUBECONFIG);
    copyFileSync(chart, join(cwd, 'cni.tgz'));
    cpSync(bundle, join(cwd, 'bundle'), { recursive: true });
  };
  try {
    return [await compare({ name: 'up, until the node is Ready', ours, peer, pairs: 5, target: 1.3, prepare }, say)];
  } finally {
    await cluster?.stop();
    rmSync(cwd, { recursive: true, force: true });
  }
};
