/** The network between a client and a server on this machine: it can be cut, for a while, in two ways. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export type Cut =
  /** Both ends learn of it at once, and nobody gets through meanwhile. */
  | 'reset'
  /** Nobody learns of it: bytes are not carried, connections are not answered. What was open is dead afterwards. */
  | 'silent';

export interface BreakableNetwork {
  readonly port: number;
  /** Connections carried so far. */
  readonly connections: number;
  cut(kind?: Cut): void;
  restore(): void;
  close(): Promise<void>;
}

/** Carries what comes to a free port to `targetPort()`, which may change. */
export async function breakableNetwork(targetPort: number | (() => number)): Promise<BreakableNetwork> {
  const target = typeof targetPort === 'number' ? () => targetPort : targetPort;
  const open = new Set<Socket>();
  let state: Cut | null = null;
  let connections = 0;
  const server = createServer((inner) => {
    hold(inner);
    if (state === 'reset') return inner.resetAndDestroy();
    if (state === 'silent') return void inner.pause();
    connections++;
    const outer = connect(target(), '127.0.0.1');
    hold(outer);
    inner.pipe(outer).pipe(inner);
    inner.on('close', () => outer.destroy());
    outer.on('close', () => inner.destroy());
  });
  function hold(socket: Socket): void {
    open.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('close', () => open.delete(socket));
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    cut: (kind = 'reset') => {
      state = kind;
      for (const socket of open) {
        if (kind === 'reset') socket.resetAndDestroy();
        else socket.unpipe().pause();
      }
    },
    restore: () => {
      state = null;
      // What was held back belongs to connections that their peers have given up or will.
      for (const socket of open) if (socket.isPaused()) socket.destroy();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}
