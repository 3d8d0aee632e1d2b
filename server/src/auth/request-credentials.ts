/** The credentials of an HTTP request, also of one that asks for a WebSocket. */
import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { TransportName } from '../session/session-services.ts';
import { certificateName } from './certificate-name.ts';
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
    forwardedFor: [headers['x-forwarded-for'] ?? []].flat().join(','),
    certificateName: socket instanceof TLSSocket ? certificateName(socket.getPeerCertificate()) : null,
  };
}
