import { type AddressInfo, connect, createServer } from 'node:net';
import type { Cluster } from '../../../tools/control-plane';

/** Another address of the API server, which its certificate names too; it ends with the cluster. */
export async function newEndpoint(cluster: Cluster): Promise<string> {
  const server = createServer((near) => {
    const far = connect(6443, cluster.address);
    near.pipe(far).pipe(near);
    near.on('error', () => far.destroy()).on('close', () => far.destroy());
    far.on('error', () => near.destroy()).on('close', () => near.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, cluster.address, resolve));
  server.unref();
  cluster.onStop(async () => {
    server.close();
  });
  return `https://${cluster.address}:${(server.address() as AddressInfo).port}`;
}
