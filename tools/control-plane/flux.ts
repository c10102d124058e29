import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from './cluster';
import { ensurePrograms } from './ensure-programs';
import { startServer } from './server';

export interface Flux {
  /** Restarts the controller with the same storage, which closes its pooled connections. */
  restart(): Promise<void>;
  stop(): Promise<void>;
  /** Returns the log of all starts. */
  logs(): string;
}

/**
 * Runs the real source-controller against the cluster, as an administrator. Its CRDs must have been applied.
 *
 * @param options.storage the folder for artifacts; by default one in the folder of the cluster
 */
export async function startFlux(cluster: Cluster, options: { readonly storage?: string } = {}): Promise<Flux> {
  const { 'source-controller': program } = await ensurePrograms(['source-controller']);
  const storage = options.storage ?? join(cluster.dir, 'artifacts');
  mkdirSync(storage, { recursive: true });
  const address = cluster.existing ? '127.0.0.1' : cluster.address;
  const args = [
    '--enable-leader-election=false',
    `--storage-path=${storage}`,
    `--storage-addr=${address}:9790`,
    `--storage-adv-addr=${address}:9790`,
    `--metrics-addr=${address}:9791`,
    `--health-addr=${address}:9792`,
    '--events-addr=',
  ];
  const environment = { KUBECONFIG: cluster.kubeconfig, RUNTIME_NAMESPACE: 'flux-system' };

  await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=180s']);
  const server = startServer(program, args, cluster.dir, environment);
  cluster.onStop(server.stop);
  const untilReady = () => server.untilOk(`http://${address}:9792/readyz`);
  await untilReady();
  return {
    stop: () => server.stop(),
    logs: server.logs,
    async restart() {
      await server.restart();
      await untilReady();
    },
  };
}
