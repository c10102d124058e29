import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeNodeCgroup } from './cgroups';
import { type Cluster, stopStack } from './cluster';
import { containerdSocket, containerdUrl, writeContainerdConfig } from './containerd';
import { ensurePrograms } from './ensure-programs';
import { type Image, pause, writeImage } from './images';
import { kubeletFlags, kubeletUrl } from './kubelet';
import { startNodeControllers } from './node-controllers';
import { nodeObstacle } from './node-obstacle';
import { nodePrograms } from './programs';
import { startServer } from './server';

/** A node with a real kubelet and containerd, but without CNI. */
export interface Node {
  readonly name: string;
  /** Its internal address, which is also the address of its pods on the host network. */
  readonly address: string;
  /** The cgroup of its containers, under the root of every hierarchy. */
  readonly cgroup: string;
  /**
   * Adds an image to the node, from its description or from a docker archive. Nothing can pull it, so pods need
   * `imagePullPolicy: Never`.
   */
  addImage(image: Image | string): Promise<void>;
  /** Kills the running containers of a name, as the kernel does if memory runs out. kubelet starts them again. */
  killContainers(name: string): Promise<void>;
  /** Returns the logs of containerd and kubelet. */
  logs(): string;
  /**
   * Reboots the node as after a power failure. Containers, /run and network links are lost; images, volumes on disk and
   * the folders of CNI are kept. Resolves when kubelet has reported the reboot; kubelet starts the pods after that.
   */
  reboot(): Promise<void>;
  /** Ends the containers and daemons; the Node object remains. */
  stop(): Promise<void>;
}

/**
 * Starts a real node, the scheduler and the node lifecycle controller, and waits until the node is registered. The node
 * has no CNI, so it is not Ready, has the taint not-ready, and runs only pods on the host network until something
 * installs a CNI in its own /opt/cni/bin and /etc/cni/net.d. `runPod` cannot be used in the same cluster, because its
 * nodes send no heartbeats.
 *
 * @throws Error if no node can run on this machine; see `nodeObstacle`
 */
export async function startNode(cluster: Cluster): Promise<Node> {
  const obstacle = nodeObstacle();
  if (obstacle || cluster.existing) {
    throw new Error(`no real node can run here: ${obstacle ?? 'the cluster is one that the user has'}`);
  }
  const programs = await ensurePrograms(nodePrograms);
  const name = 'node-1';
  const address = cluster.address.replace(/\d+$/, '12');
  const dir = join(cluster.dir, name);
  const socket = containerdSocket(dir);
  const ctr = (...args: string[]) =>
    promisify(execFile)(programs.ctr, ['--address', socket, '--namespace', 'k8s.io', ...args]);
  const addImage = async (image: Image | string) => {
    const file = typeof image === 'string' ? image : await writeImage(dir, image);
    await ctr('images', 'import', '--local', file);
    if (file !== image) rmSync(file);
  };

  const killContainers = async (container: string) => {
    const labelled = `labels."io.kubernetes.container.name"==${container}`;
    const lists = [ctr('containers', 'list', '--quiet', labelled), ctr('tasks', 'list', '--quiet')];
    const [named = [], running = []] = (await Promise.all(lists)).map(({ stdout }) => stdout.split(/\s+/));
    const ids = named.filter((id) => id !== '' && running.includes(id));
    await Promise.all(ids.map((id) => ctr('tasks', 'kill', '--signal', 'SIGKILL', id)));
  };

  const { onStop, stop } = stopStack();
  const cgroup = makeNodeCgroup();
  mkdirSync(dir);
  onStop(async () => rmSync(dir, { recursive: true, force: true, maxRetries: 10 }));
  onStop(cgroup.remove);
  try {
    const gate = join(dir, 'images-are-there');
    const shim = programs['containerd-shim-runc-v2'];
    const containerd = [programs.containerd, '--config', writeContainerdConfig({ address, dir, shim })];
    const kubelet = [programs.kubelet, ...(await kubeletFlags(cluster, { node: name, address, dir, socket, cgroup }))];
    const init = startServer(programs['node-init'], [address, dir, gate, '--', ...containerd, '--', ...kubelet], dir);
    onStop(() => init.stop('SIGTERM'));
    for (const controller of await startNodeControllers(cluster, dir)) {
      onStop(controller.stop);
    }
    const untilRegistered = async () => {
      const pid = init.pid();
      if (pid) {
        cgroup.add(pid);
      }
      await init.untilOk(containerdUrl(address));
      await addImage(await pause());
      writeFileSync(gate, '');
      await init.untilOk(kubeletUrl(address));
      const bootId = readFileSync(join(dir, 'boot_id'), 'utf8').trim();
      const registered = `--for=jsonpath={.status.nodeInfo.bootID}=${bootId}`;
      await cluster.kubectl(['wait', '--for=create', `node/${name}`, '--timeout=180s']);
      await cluster.kubectl(['wait', registered, `node/${name}`, '--timeout=180s']);
    };
    const reboot = async () => {
      rmSync(gate);
      await init.restart('SIGTERM');
      await untilRegistered();
    };
    await untilRegistered();
    cluster.onStop(stop);
    return { name, address, cgroup: cgroup.path, addImage, killContainers, logs: init.logs, reboot, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
