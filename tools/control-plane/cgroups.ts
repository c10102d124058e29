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
const removalTimeout = 10_000;

/** The cgroup of a node's containers, below the root of every hierarchy. */
export interface NodeCgroup {
  /** As kubelet takes it. */
  readonly path: string;
  /** Marks it as in use for as long as this process lives. */
  add(pid: number): void;
  /** Waits until nothing runs in it, and removes it. */
  remove(): Promise<void>;
}

/** Why this process cannot have containers in cgroups of their own, in one line; undefined if it can. */
export function cgroupObstacle(): string | undefined {
  const root = hierarchies()[0];
  if (!root || !isWritable(root)) {
    return 'it needs root, outside of user namespaces, and a writable /sys/fs/cgroup (in a container: privileged)';
  }
  // In a container, unlike on a machine, controllers cannot be given away while processes live in the root.
  const isContainer = existsSync(join(root, 'cgroup.type'));
  const given = isContainer ? readFileSync(join(root, 'cgroup.subtree_control'), 'utf8').trim().split(' ') : undefined;
  if (given && !['cpu', 'memory', 'pids'].every((controller) => given.includes(controller))) {
    return 'the cgroup of this container has no controllers for its children: run it in the cgroup namespace of the host';
  }
  return undefined;
}

/**
 * Makes the cgroup of a new node. Cgroups, unlike mounts and processes, outlive a sandbox that is killed; so those that
 * earlier nodes have left are removed here.
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
          throw new Error(`something still runs in the cgroup /${name}`);
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

/** Whether something runs there, or may be about to be started. */
function isInUse(folder: string): boolean {
  const isNew = Date.now() - statSync(folder).ctimeMs < startTimeout;
  return isNew || foldersIn(folder).some(isInUse) || readFileSync(join(folder, processList), 'utf8') !== '';
}

/** The mount of version 2, or those of version 1 with a controller. */
function hierarchies(): string[] {
  if (existsSync(join(mount, 'cgroup.controllers'))) {
    return [mount];
  }
  const folders = existsSync(mount) ? readdirSync(mount).map((name) => join(mount, name)) : [];
  return folders.filter((folder) => existsSync(join(folder, processList)));
}

/** Makes a child that may have all that its parent has; returns its path. */
function makeCgroup(folder: string, name: string): string {
  const control = join(folder, 'cgroup.subtree_control');
  if (existsSync(control)) {
    const available = readFileSync(join(folder, 'cgroup.controllers'), 'utf8').trim().split(' ');
    const given = controllers.filter((controller) => available.includes(controller));
    writeFileSync(control, given.map((controller) => `+${controller}`).join(' '));
  }
  const child = join(folder, name);
  mkdirSync(child, { recursive: true });
  // Version 1 starts these empty, and refuses processes as long as they are.
  for (const setting of ['cpuset.cpus', 'cpuset.mems'].filter(() => !existsSync(control))) {
    if (existsSync(join(child, setting))) {
      writeFileSync(join(child, setting), readFileSync(join(folder, setting)));
    }
  }
  return child;
}

/** Removes a cgroup and those below it, from the leaves on; the kernel refuses those with a process. */
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
