import { connect, createServer } from 'node:net';

/** Forwards a port of one address to another address; resolves to a function that ends that. */
export async function forwardTcp(port: number, from: string, to: string): Promise<() => Promise<void>> {
  const server = createServer((near) => {
    const far = connect(port, to);
    near.pipe(far).pipe(near);
    near.on('error', () => far.destroy()).on('close', () => far.destroy());
    far.on('error', () => near.destroy()).on('close', () => near.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, from, resolve);
  });
  // The forwarder alone must not keep the program running.
  server.unref();
  return async () => {
    server.close();
  };
}
