/**
 * One WebSocket connection: translates between the socket and its session, and watches whether the peer is alive.
 */
import { UndertoneError } from '@undertone/core';
import { ProtocolError, type ServerMessage } from '@undertone/proto';
import { type RawData, WebSocket } from 'ws';
import type { Session } from '../../session/session.ts';
import type { SessionTransport } from '../../session/session-services.ts';
import type { Received, WireFormat } from './wire-format.ts';

/**
 * A socket that tells before it ends itself over a message that is too large, so that the client gets an `Error`
 * first. `ws` checks the size from the frame header, before it buffers.
 */
export class TellingWebSocket extends WebSocket {
  onTooLarge: (() => void) | null = null;

  override close(code?: number, reason?: string | Buffer): void {
    const tell = code === 1009 ? this.onTooLarge : null;
    this.onTooLarge = null;
    if (tell) tell();
    super.close(code, reason);
  }
}

export class WebSocketTransport implements SessionTransport {
  readonly name = 'websocket';
  readonly #socket: WebSocket;
  readonly #format: WireFormat;

  constructor(socket: WebSocket, format: WireFormat) {
    this.#socket = socket;
    this.#format = format;
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  send(message: ServerMessage): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    for (const frame of this.#format.encode(message)) this.#socket.send(frame);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(code: number, reason: string): void {
    // A paused socket would never see the client's half of the closing handshake.
    this.#socket.resume();
    const [ownCode, ownReason] = this.#format.closing?.(code, reason) ?? [code, reason];
    this.#socket.close(ownCode, ownReason);
  }
}

export class Connection {
  readonly session: Session;
  readonly #socket: TellingWebSocket;
  readonly #format: WireFormat;
  #missedPongs = 0;

  constructor(socket: TellingWebSocket, format: WireFormat, session: Session, onClosed: () => void) {
    this.#socket = socket;
    this.#format = format;
    this.session = session;
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('pong', () => {
      this.#missedPongs = 0;
    });
    // Always followed by `close`, which is where the session hears of it.
    socket.on('error', () => {});
    socket.on('close', (code) => {
      session.disconnected(code);
      onClosed();
    });
    socket.onTooLarge = () => session.messageTooLarge();
  }

  /** Asks whether the peer is still there; gives it up after two pings without an answer. */
  ping(): void {
    if (this.#missedPongs >= 2) this.#socket.terminate();
    else if (this.#socket.readyState === WebSocket.OPEN && !this.#socket.isPaused) {
      this.#missedPongs++;
      this.#socket.ping();
    }
  }

  terminate(): void {
    this.#socket.terminate();
  }

  #receive(data: RawData, isBinary: boolean): void {
    try {
      const message = this.#decode(data as Buffer, isBinary);
      if (!message) return;
      if (message.type === 'Audio') this.session.receiveAudio(message.audio);
      else this.session.receive(message);
    } catch (cause) {
      // A defect met by one stream must not end the process, and with it all others.
      this.session.defect(cause);
    }
  }

  #decode(bytes: Buffer, isBinary: boolean): Received | null {
    try {
      return this.#format.decode(bytes, isBinary);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.session.receiveInvalid(new UndertoneError(error.code, error.message));
      return null;
    }
  }
}
