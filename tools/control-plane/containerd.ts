import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pauseImage } from './images';

/** What containerd's configuration depends on. */
export interface ContainerdOptions {
  /** The node's address; what says that containerd is up listens there. */
  readonly address: string;
  /** Where it keeps all its files. */
  readonly dir: string;
  /** The path of containerd-shim-runc-v2. */
  readonly shim: string;
}

const metricsPort = 1338;

export function containerdSocket(dir: string): string {
  return join(dir, 'containerd.sock');
}

/** Answers 200 once containerd is up. */
export function containerdUrl(address: string): string {
  return `http://${address}:${metricsPort}/v1/metrics`;
}

/** Writes the configuration of a containerd, with the folders that every node has for CNI; returns its path. */
export function writeContainerdConfig({ address, dir, shim }: ContainerdOptions): string {
  const file = join(dir, 'containerd.toml');
  const cri = 'io.containerd.cri.v1.runtime';
  const sections = {
    '': {
      version: 3,
      root: join(dir, 'containerd'),
      state: '/run/containerd',
      // What may be missing on a machine, and is of no use here.
      disabled_plugins: ['blockfile', 'btrfs', 'devmapper', 'erofs', 'zfs'].map(
        (name) => `io.containerd.snapshotter.v1.${name}`,
      ),
    },
    grpc: { address: containerdSocket(dir) },
    metrics: { address: `${address}:${metricsPort}` },
    "plugins.'io.containerd.internal.v1.opt'": { path: join(dir, 'opt') },
    "plugins.'io.containerd.nri.v1.nri'": { disable: true },
    "plugins.'io.containerd.cri.v1.images'.pinned_images": { sandbox: pauseImage },
    [`plugins.'${cri}'`]: { disable_apparmor: true, restrict_oom_score_adj: true, netns_mounts_under_state_dir: true },
    [`plugins.'${cri}'.containerd.runtimes.runc`]: { runtime_type: 'io.containerd.runc.v2', runtime_path: shim },
    [`plugins.'${cri}'.containerd.runtimes.runc.options`]: { SystemdCgroup: false },
  };
  writeFileSync(file, toml(sections));
  return file;
}

/** Strings, numbers, booleans and lists of strings are written in TOML as they are in JSON. */
function toml(sections: Record<string, Record<string, unknown>>): string {
  return Object.entries(sections)
    .map(([name, values]) => {
      const lines = Object.entries(values).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`);
      return `${name && `[${name}]\n`}${lines.join('')}`;
    })
    .join('\n');
}
