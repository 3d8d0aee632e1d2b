/** The public port: WebSocket, HTTP and the console. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { TlsFiles } from '../tls/tls-files.ts';
import type { WebSocketListener } from '../websocket/listener.ts';
import { type HttpSources, handleRequest } from './routes.ts';
import { httpServerOptions, limitSilentConnections } from './server-options.ts';

export function createHttpDoor(
  sources: HttpSources,
  listener: WebSocketListener,
  tls: TlsFiles | null,
): Server {
  const answer = (request: IncomingMessage, response: ServerResponse): void =>
    handleRequest(sources, request, response);
  const http = tls ? tls.createServer(answer, httpServerOptions) : createServer(httpServerOptions, answer);
  limitSilentConnections(http);
  http.on('upgrade', (request, socket, head) => void listener.handleUpgrade(request, socket, head));
  return http;
}

/** Cuts what is still connected. */
export async function closeHttpDoor(http: Server): Promise<void> {
  http.closeAllConnections();
  if (http.listening) await new Promise((resolve) => http.close(resolve));
}
