import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeCgroup } from './cgroups';
import type { Cluster } from './cluster';

/** Options for {@link kubeletFlags}. */
export interface KubeletOptions {
  readonly node: string;
  readonly address: string;
  /** The folder for all its files. */
  readonly dir: string;
  /** Path of containerd's socket. */
  readonly socket: string;
  readonly cgroup: NodeCgroup;
}

const healthPort = 10248;

/** Returns the URL that answers 200 once kubelet works. */
export function kubeletUrl(address: string): string {
  return `http://${address}:${healthPort}/healthz`;
}

/** Writes the configuration of kubelet and a client certificate for the node; returns kubelet's flags. */
export async function kubeletFlags(cluster: Cluster, options: KubeletOptions): Promise<string[]> {
  const { node, address, dir } = options;
  const kubeconfig = await cluster.kubeconfigFor({ user: `system:node:${node}`, groups: ['system:nodes'] });
  const clientCa = join(dir, 'client-ca.crt');
  writeFileSync(clientCa, cluster.ca);
  const file = join(dir, 'kubelet.json');
  writeFileSync(file, JSON.stringify(configuration(options, clientCa), null, 2));
  return [
    `--config=${file}`,
    `--kubeconfig=${kubeconfig}`,
    `--root-dir=${join(dir, 'kubelet')}`,
    `--cert-dir=${join(dir, 'kubelet-pki')}`,
    `--hostname-override=${node}`,
    `--node-ip=${address}`,
  ];
}

function configuration({ address, dir, socket, cgroup }: KubeletOptions, clientCa: string): object {
  const disk = ['nodefs.available', 'nodefs.inodesFree', 'imagefs.available', 'imagefs.inodesFree'];
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address,
    healthzBindAddress: address,
    healthzPort: healthPort,
    authentication: { anonymous: { enabled: false }, x509: { clientCAFile: clientCa } },
    containerRuntimeEndpoint: `unix://${socket}`,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: cgroup.path,
    enforceNodeAllocatable: [],
    failCgroupV1: false,
    failSwapOn: false,
    podLogsDir: join(dir, 'pod-logs'),
    volumePluginDir: join(dir, 'volume-plugins'),
    resolvConf: '',
    makeIPTablesUtilChains: false,
    // A machine without free space or memory must not make this node evict pods.
    evictionHard: Object.fromEntries(['memory.available', ...disk].map((signal) => [signal, '0%'])),
    imageGCHighThresholdPercent: 100,
  };
}
