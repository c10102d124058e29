import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, test } from 'vitest';
import {
  type Cluster,
  ensurePrograms,
  eventually,
  type KubeObject,
  nodeObstacle,
  pauseImage,
  startControlPlane,
  startNode,
} from './index';

const obstacle = nodeObstacle();

const tunables = ['vm/overcommit_memory', 'vm/panic_on_oom', 'kernel/panic', 'kernel/panic_on_oops'];
const folders = [
  '/run/containerd',
  '/var/lib/kubelet',
  '/var/lib/containerd',
  '/var/log/containers',
  '/opt/containerd',
];

describe('startNode rejects', () => {
  test('a cluster that the user has', async () => {
    const error = 'no real node can run here: ';
    await expect(startNode({ existing: true } as Cluster)).rejects.toThrow(
      error + (obstacle ?? 'the cluster is one that the user has'),
    );
  });

  test('a process without root, and nodeObstacle returns why', async () => {
    const { sandbox } = await ensurePrograms(['sandbox']);
    const hideCgroups = 'mount -t tmpfs -o ro none /sys/fs/cgroup && exec "$@"';
    const script = "console.log(require('./tools/control-plane').nodeObstacle())";
    const command = ['sh', '-c', hideCgroups, 'sh', process.execPath, '--import', 'tsx', '-e', script];
    expect(spawnSync(sandbox, command, { encoding: 'utf8' }).stdout).toBe(
      'it needs root, outside of user namespaces, and a writable /sys/fs/cgroup (in a container: privileged)\n',
    );
  });
});

describe.skipIf(obstacle)('a real node', () => {
  test('runs a pod on the host network, and leaves nothing behind when it is stopped', async () => {
    const before = traces();
    const cluster = await startControlPlane();
    try {
      const node = await startNode(cluster);
      await cluster.apply(pausePod);
      await cluster.kubectl(untilRunning);
      expect(await cluster.kubectl(['get', 'pod', 'pause', '-o', 'jsonpath={.status.podIP}'])).toBe(node.address);
      expect(processesIn(node.cgroup)).toHaveLength(2);
      expect(traces()).toEqual(before);

      await node.stop();
      expect(cgroupsBelow(node.cgroup)).toEqual([]);
      await eventually(async () => expect(processesThatName(cluster.dir)).not.toContain('kubelet'));
      expect(processesThatName(cluster.dir)).not.toContain('containerd');
    } finally {
      await cluster.stop();
    }
    expect(traces()).toEqual(before);
  });

  test('can be started again in the same cluster', async () => {
    const cluster = await startControlPlane();
    try {
      await (await startNode(cluster)).stop();
      await startNode(cluster);
      await cluster.apply(pausePod);
      await cluster.kubectl(untilRunning);
    } finally {
      await cluster.stop();
    }
  });

  test('leaves no mount and no process behind when its sandbox is killed', async () => {
    const before = traces();
    const { sandbox } = await ensurePrograms(['sandbox']);
    const script = `
      const { startControlPlane, startNode } = require('./tools/control-plane');
      startControlPlane().then(async (cluster) => {
        const { cgroup } = await startNode(cluster);
        await cluster.apply(${JSON.stringify(pausePod)});
        await cluster.kubectl(${JSON.stringify(untilRunning)});
        console.log(cgroup);
      });`;
    const command = [process.execPath, '--import', 'tsx', '-e', script];
    const child = spawn(sandbox, command, { stdio: ['ignore', 'pipe', 'inherit'] });
    let cgroup = '';
    try {
      [cgroup] = await once(createInterface(child.stdout), 'line');
      expect(processesIn(cgroup)).toHaveLength(2);
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }

    await eventually(async () => expect(processesIn(cgroup)).toEqual([]));
    expect(processesThatName(cgroup)).toEqual([]);
    expect(traces()).toEqual(before);
  });
});

const pausePod: KubeObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'pause', namespace: 'default' },
  spec: {
    hostNetwork: true,
    tolerations: [{ operator: 'Exists' }],
    containers: [{ name: 'pause', image: pauseImage, imagePullPolicy: 'Never' }],
  },
};
const untilRunning = ['wait', '--for=jsonpath={.status.phase}=Running', 'pod/pause', '--timeout=180s'];

/** What a node could change outside its own folder. */
function traces(): object {
  return {
    mounts: readFileSync('/proc/self/mountinfo', 'utf8'),
    tunables: tunables.map((name) => readFileSync(`/proc/sys/${name}`, 'utf8')),
    folders: folders.filter((folder) => existsSync(folder)),
  };
}

function cgroupsBelow(cgroup: string): string[] {
  const all = readdirSync('/sys/fs/cgroup', { recursive: true, encoding: 'utf8' });
  return all.filter((path) => `/${path}/`.includes(`${cgroup}/`));
}

/** The processes of containers. */
function processesIn(cgroup: string): string[] {
  const lists = cgroupsBelow(cgroup).filter((path) => /kubepods.*cgroup.procs$/.test(path));
  const pids = lists.map((path) => readFileSync(join('/sys/fs/cgroup', path), 'utf8').split('\n'));
  return [...new Set(pids.flat())].filter(Boolean);
}

/** The commands of all processes with the text in their arguments. */
function processesThatName(text: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => contentOf(pid, 'cmdline').includes(text))
    .map((pid) => contentOf(pid, 'comm').trim());
}

function contentOf(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return ''; // It has exited in the meantime.
  }
}
