import type { AddressInfo, Server, Socket } from 'node:net';

/** A server that listens. */
export interface Listening {
  readonly port: number;
  /** Closes it with all its connections, tunnels included. */
  stop(): Promise<void>;
}

/** Lets a server listen. @param port 0 for a free one */
export async function listen(server: Server, address: string, port: number): Promise<Listening> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, address, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
