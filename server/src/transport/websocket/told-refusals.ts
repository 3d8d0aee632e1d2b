/**
 * Refusals for clients that cannot see the HTTP status of an upgrade that is refused, as pages cannot. They offer a further
 * subprotocol; the upgrade is accepted under its name, the error is the only message, and the socket closes with its code.
 * There is no session behind it.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { UndertoneError } from '@undertone/core';
import { refusalSubprotocol } from '@undertone/proto';
import { type WebSocket, WebSocketServer } from 'ws';
import { refusalBody } from '../http/refusal.ts';

const defaultDeadlineMs = 2000;
const defaultMost = 256;
/** Nothing is expected of the client but its close frame. */
const maxMessageBytes = 1024;

export interface ToldRefusalsOptions {
  /** At a time; further callers get the HTTP status alone, which leaves nothing behind. Default 256. */
  readonly most?: number;
  /** Whoever does not answer the close frame by then is cut. Default 2000. */
  readonly deadlineMs?: number;
}

export class ToldRefusals {
  readonly #most: number;
  readonly #server: WebSocketServer;
  readonly #sockets = new Set<Duplex>();

  constructor({ most = defaultMost, deadlineMs = defaultDeadlineMs }: ToldRefusalsOptions = {}) {
    this.#most = most;
    const options = {
      noServer: true,
      clientTracking: false,
      maxPayload: maxMessageBytes,
      perMessageDeflate: false,
      closeTimeout: deadlineMs,
      handleProtocols: () => refusalSubprotocol,
    };
    this.#server = new WebSocketServer(options);
  }

  /**
   * Takes the socket of a client that offered `refusalSubprotocol`.
   * @returns false where too many are being told already: nothing has been done then
   */
  tell(request: IncomingMessage, socket: Duplex, head: Buffer, error: UndertoneError): boolean {
    if (this.#sockets.size >= this.#most) return false;
    if (socket.destroyed) return true;
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    this.#server.handleUpgrade(request, socket, head, (webSocket) => tellOn(webSocket, error));
    return true;
  }

  /** Cuts those that have not closed. */
  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}

/** @returns whether the client offered to hear of refusals as messages */
export function asksToBeTold({ headers }: IncomingMessage): boolean {
  const offered = headers['sec-websocket-protocol']?.split(',') ?? [];
  return offered.some((name) => name.trim() === refusalSubprotocol);
}

function tellOn(webSocket: WebSocket, error: UndertoneError): void {
  // Of a client that sends what nobody asked for, or goes away; `ws` ends the socket.
  webSocket.on('error', () => {});
  webSocket.send(refusalBody(error));
  webSocket.close(error.spec.closeCode, error.code);
}
