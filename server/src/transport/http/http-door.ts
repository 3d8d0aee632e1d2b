/** The public port: WebSocket, HTTP and the console. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { TlsFiles } from '../tls/tls-files.ts';
import { type HttpSources, handleRequest } from './routes.ts';
import { httpServerOptions, limitSilentConnections } from './server-options.ts';

/** What takes upgrade requests; never throws, and refuses on the socket. */
export interface UpgradeDoor {
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>;
}

export interface UpgradeDoors {
  /** For every path that no other takes. */
  readonly streams: UpgradeDoor;
  readonly telephony: readonly (UpgradeDoor & { takes(path: string): boolean })[];
}

export function createHttpDoor(sources: HttpSources, doors: UpgradeDoors, tls: TlsFiles | null): Server {
  const answer = (request: IncomingMessage, response: ServerResponse): void =>
    handleRequest(sources, request, response);
  const http = tls ? tls.createServer(answer, httpServerOptions) : createServer(httpServerOptions, answer);
  limitSilentConnections(http);
  http.on('upgrade', (request, socket, head) => {
    const [path = ''] = (request.url ?? '').split('?', 1);
    const door = doors.telephony.find((candidate) => candidate.takes(path)) ?? doors.streams;
    void door.handleUpgrade(request, socket, head);
  });
  return http;
}

/** Cuts what is still connected. */
export async function closeHttpDoor(http: Server): Promise<void> {
  http.closeAllConnections();
  if (http.listening) await new Promise((resolve) => http.close(resolve));
}
