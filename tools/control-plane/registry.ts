import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Cluster } from './cluster';
import { ensurePrograms } from './ensure-programs';
import { startServer } from './server';

/** A registry of OCI artifacts, over plain HTTP. */
export interface Registry {
  /** `HOST:PORT` */
  readonly host: string;
  /** Pushes the content of a folder as an artifact with one layer; returns its digest. */
  push(repository: string, tag: string, folder: string): Promise<string>;
}

/**
 * An address of the sandbox that belongs to no private network, for the servers of one cluster that are outside of it.
 * Clients of registries use plain HTTP at private addresses, whatever they are told.
 */
export function publicAddress({ address }: Cluster): string {
  return address.replace(/^10\.200\.(\d+)\.\d+$/, '203.0.113.$1');
}

/** Runs the registry of crane (go-containerregistry), by default on the address of the cluster, until the cluster stops. */
export async function startRegistry(cluster: Cluster, address = cluster.address): Promise<Registry> {
  const { crane } = await ensurePrograms(['crane']);
  const host = `${address}:5000`;
  const server = startServer(crane, ['registry', 'serve', `--address=${host}`], cluster.dir);
  cluster.onStop(server.stop);
  await server.untilOk(`http://${host}/v2/`);
  const run = promisify(execFile);
  return {
    host,
    async push(repository, tag, folder) {
      const layer = join(mkdtempSync(join(cluster.dir, 'layer-')), 'layer.tar.gz');
      await run('tar', ['-C', folder, '-czf', layer, '.']);
      const reference = `${host}/${repository}:${tag}`;
      await run(crane, ['append', '--insecure', '--oci-empty-base', `--new_tag=${reference}`, `--new_layer=${layer}`]);
      return (await run(crane, ['digest', '--insecure', reference])).stdout.trim();
    },
  };
}
