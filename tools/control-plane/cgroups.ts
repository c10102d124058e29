import { randomUUID } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const mount = '/sys/fs/cgroup';
const prefix = 'eggtooth-';
const processList = 'cgroup.procs';
const controllers = ['cpuset', 'cpu', 'io', 'memory', 'hugetlb', 'pids'];
const startTimeout = 60_000;
const removalTimeout = 60_000;

/** The cgroup of a node's containers, under the root of every hierarchy. */
export interface NodeCgroup {
  /** In the form of kubelet's `cgroupRoot`. */
  readonly path: string;
  /** Adds a process, which marks the cgroup as in use as long as the process lives. */
  add(pid: number): void;
  /** Waits until no process is in it, then removes it. */
  remove(): Promise<void>;
}

/** Returns in one line why this process cannot create cgroups for containers; undefined if it can. */
export function cgroupObstacle(): string | undefined {
  const root = hierarchies()[0];
  if (!root || !isWritable(root)) {
    return 'it needs root, outside of user namespaces, and a writable /sys/fs/cgroup (in a container: privileged)';
  }
  // In a container, the root cgroup cannot delegate controllers while it contains processes.
  const isContainer = existsSync(join(root, 'cgroup.type'));
  const given = isContainer ? readFileSync(join(root, 'cgroup.subtree_control'), 'utf8').trim().split(' ') : undefined;
  if (given && !['cpu', 'memory', 'pids'].every((controller) => given.includes(controller))) {
    return 'the cgroup of this container has no controllers for its children: run it in the cgroup namespace of the host';
  }
  return undefined;
}

/**
 * Creates the cgroup of a new node. Cgroups, unlike mounts and processes, survive a sandbox that is killed, so the
 * cgroups of earlier nodes are removed first.
 */
export function makeNodeCgroup(): NodeCgroup {
  removeAbandoned();
  const name = `${prefix}${randomUUID()}`;
  const folders = hierarchies().map((hierarchy) => makeCgroup(hierarchy, name));
  return {
    path: `/${name}`,
    add(pid) {
      for (const folder of folders.slice(0, 1)) {
        writeFileSync(join(makeCgroup(folder, 'daemons'), processList), String(pid));
      }
    },
    async remove() {
      for (
        const deadline = Date.now() + removalTimeout;
        folders.some((folder) => existsSync(folder));
        await sleep(20)
      ) {
        if (Date.now() > deadline) {
          throw new Error(`the cgroup /${name} still contains processes`);
        }
        folders.forEach(removeTree);
      }
    },
  };
}

function removeAbandoned(): void {
  const folders = hierarchies().flatMap((hierarchy) =>
    readdirSync(hierarchy)
      .filter((name) => name.startsWith(prefix))
      .map((name) => join(hierarchy, name)),
  );
  const inUse = new Set(folders.filter(isInUse).map((folder) => basename(folder)));
  folders.filter((folder) => !inUse.has(basename(folder))).forEach(removeTree);
}

/** Whether the cgroup contains processes, or is so new that it will. */
function isInUse(folder: string): boolean {
  const isNew = Date.now() - statSync(folder).ctimeMs < startTimeout;
  return isNew || foldersIn(folder).some(isInUse) || readFileSync(join(folder, processList), 'utf8') !== '';
}

/** The mount of cgroup v2, or the mounts of cgroup v1 that have a controller. */
function hierarchies(): string[] {
  if (existsSync(join(mount, 'cgroup.controllers'))) {
    return [mount];
  }
  const folders = existsSync(mount) ? readdirSync(mount).map((name) => join(mount, name)) : [];
  return folders.filter((folder) => existsSync(join(folder, processList)));
}

/** Creates a child with all controllers of its parent; returns its path. */
function makeCgroup(folder: string, name: string): string {
  const control = join(folder, 'cgroup.subtree_control');
  if (existsSync(control)) {
    const available = readFileSync(join(folder, 'cgroup.controllers'), 'utf8').trim().split(' ');
    const given = controllers.filter((controller) => available.includes(controller));
    writeFileSync(control, given.map((controller) => `+${controller}`).join(' '));
  }
  const child = join(folder, name);
  mkdirSync(child, { recursive: true });
  // In cgroup v1 these settings are empty at first, and a cgroup accepts no processes until they are set.
  for (const setting of ['cpuset.cpus', 'cpuset.mems'].filter(() => !existsSync(control))) {
    if (existsSync(join(child, setting))) {
      writeFileSync(join(child, setting), readFileSync(join(folder, setting)));
    }
  }
  return child;
}

/** Removes a cgroup and its children, from the leaves up. The kernel keeps cgroups that contain processes. */
function removeTree(folder: string): void {
  try {
    foldersIn(folder).forEach(removeTree);
    rmdirSync(folder);
  } catch (error) {
    if (!['EBUSY', 'ENOENT', 'ENOTEMPTY'].includes((error as NodeJS.ErrnoException).code ?? '')) {
      throw error;
    }
  }
}

function foldersIn(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
