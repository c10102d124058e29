import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from './cluster';
import { ensurePrograms } from './ensure-programs';
import { startServer } from './server';

/** The controllers of Flux that are built here. */
export type Controller = 'source-controller' | 'helm-controller' | 'kustomize-controller';

export interface FluxOptions {
  /** @default ['source-controller'] */
  readonly controllers?: readonly Controller[];
  /** The folder for artifacts. @default - one in the folder of the cluster */
  readonly storage?: string;
  /** More flags of a controller. @default - none */
  readonly flags?: Readonly<Partial<Record<Controller, readonly string[]>>>;
  /** Environment of the controllers, such as `HTTPS_PROXY`. @default - that of this process */
  readonly env?: NodeJS.ProcessEnv;
}

export interface Flux {
  /** Restarts the controllers with the same storage, which closes their pooled connections. */
  restart(): Promise<void>;
  stop(): Promise<void>;
  /** Returns the logs of all starts. */
  logs(): string;
}

/** The first of two ports of each controller, for metrics and health. */
const ports: Readonly<Record<Controller, number>> = {
  'source-controller': 9791,
  'helm-controller': 9793,
  'kustomize-controller': 9795,
};

/** Runs real controllers of Flux against the cluster, as an administrator. Their CRDs must have been applied. */
export async function startFlux(cluster: Cluster, options: FluxOptions = {}): Promise<Flux> {
  const { controllers = ['source-controller'], storage = join(cluster.dir, 'artifacts'), flags = {}, env } = options;
  const programs = await ensurePrograms(controllers);
  mkdirSync(storage, { recursive: true });
  const address = cluster.existing ? '127.0.0.1' : cluster.address;
  await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=180s']);
  const servers = controllers.map((controller) => {
    const [metrics, health] = [ports[controller], ports[controller] + 1];
    const args = [
      '--enable-leader-election=false',
      `--metrics-addr=${address}:${metrics}`,
      `--health-addr=${address}:${health}`,
      '--events-addr=',
      ...(controller === 'source-controller' ? storageFlags(storage, `${address}:9790`) : []),
      ...(flags[controller] ?? []),
    ];
    const environment = {
      ...env,
      KUBECONFIG: cluster.kubeconfig,
      RUNTIME_NAMESPACE: 'flux-system',
      TUF_ROOT: join(cluster.dir, 'sigstore'),
    };
    const server = startServer(programs[controller], args, cluster.dir, environment);
    cluster.onStop(server.stop);
    return { ...server, untilReady: () => server.untilOk(`http://${address}:${health}/readyz`) };
  });
  const each = async (step: (server: (typeof servers)[number]) => Promise<void>) => {
    await Promise.all(servers.map(step));
  };
  const untilReady = () => each((server) => server.untilReady());
  await untilReady();
  return {
    stop: () => each((server) => server.stop()),
    logs: () => servers.map((server) => server.logs()).join(''),
    async restart() {
      await each((server) => server.restart());
      await untilReady();
    },
  };
}

function storageFlags(storage: string, address: string): string[] {
  return [`--storage-path=${storage}`, `--storage-addr=${address}`, `--storage-adv-addr=${address}`];
}
