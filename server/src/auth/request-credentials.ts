/** The credentials of an HTTP request, also of one that asks for a WebSocket. */
import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { TransportName } from '../session/session-services.ts';
import type { Credentials } from './principal.ts';

export function requestCredentials(request: IncomingMessage, transport: TransportName): Credentials {
  const { headers, socket, url } = request;
  return {
    transport,
    authorization: headers.authorization,
    subprotocols: headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()),
    target: url,
    origin: headers.origin,
    host: headers.host,
    address: socket.remoteAddress,
    certificateSubject: socket instanceof TLSSocket ? subjectOf(socket) : undefined,
  };
}

function subjectOf(socket: TLSSocket): string | undefined {
  const { subject } = socket.getPeerCertificate();
  const name: unknown = subject?.CN;
  return typeof name === 'string' ? name : undefined;
}
