import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pauseImage } from './images';

/** Options for {@link writeContainerdConfig}. */
export interface ContainerdOptions {
  /** The address of the node. containerd serves its metrics there. */
  readonly address: string;
  /** The folder for all its files. */
  readonly dir: string;
  /** Path of containerd-shim-runc-v2. */
  readonly shim: string;
}

const metricsPort = 1338;

export function containerdSocket(dir: string): string {
  return join(dir, 'containerd.sock');
}

/** Returns the URL that answers 200 once containerd runs. */
export function containerdUrl(address: string): string {
  return `http://${address}:${metricsPort}/v1/metrics`;
}

/** Writes the configuration of containerd, with the default folders for CNI; returns its path. */
export function writeContainerdConfig({ address, dir, shim }: ContainerdOptions): string {
  const file = join(dir, 'containerd.toml');
  const cri = 'io.containerd.cri.v1.runtime';
  const sections = {
    '': {
      version: 3,
      root: join(dir, 'containerd'),
      state: '/run/containerd',
      // Not available on every machine, and not needed here.
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

/** Prints TOML, in which strings, numbers, booleans and lists of strings look as in JSON. */
function toml(sections: Record<string, Record<string, unknown>>): string {
  return Object.entries(sections)
    .map(([name, values]) => {
      const lines = Object.entries(values).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`);
      return `${name && `[${name}]\n`}${lines.join('')}`;
    })
    .join('\n');
}
