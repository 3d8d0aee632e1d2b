/** How long and how many an HTTP server waits for callers that have not said what they want. */
import type { Server, ServerOptions } from 'node:http';
import type { Socket } from 'node:net';

/** Whole heads of requests are due by then, however slowly they come. */
const headersTimeoutMs = 10_000;
/** Connections at a time that have asked for nothing yet. */
const maxSilentConnections = 4096;

export const httpServerOptions: ServerOptions = {
  headersTimeout: headersTimeoutMs,
  // Bodies are files that may come as slowly as they are spoken; streams have an idle limit of their own.
  requestTimeout: 0,
  connectionsCheckingInterval: 1000,
};

/** Cuts new connections while too many have asked for nothing, so that a flood of them takes no memory. */
export function limitSilentConnections(server: Server, most: number = maxSilentConnections): void {
  const silent = new Set<Socket>();
  const heard = ({ socket }: { socket: Socket }): void => void silent.delete(socket);
  // With TLS a connection counts from the end of its handshake, which has a timeout.
  const event = 'setSecureContext' in server ? 'secureConnection' : 'connection';
  server.on(event, (socket: Socket) => {
    if (silent.size >= most) {
      socket.destroy();
      return;
    }
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  server.on('request', heard);
  server.on('upgrade', heard);
}
