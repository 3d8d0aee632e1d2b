/** Carries a session whose results nobody on the connection reads: they leave by the sinks. */
import { WebSocket } from 'ws';
import type { SessionTransport, TransportName } from '../../session/session-services.ts';

export class MediaStreamTransport implements SessionTransport {
  readonly name: TransportName;
  readonly #socket: WebSocket;
  readonly #onEnd: (code: number, reason: string) => void;

  constructor(name: TransportName, socket: WebSocket, onEnd: (code: number, reason: string) => void) {
    this.name = name;
    this.#socket = socket;
    this.#onEnd = onEnd;
  }

  readonly bufferedBytes: number = 0;

  /** There is no message for results in the protocol of these makers. */
  send(): void {}

  pause(): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.pause();
  }

  resume(): void {
    if (this.#socket.isPaused) this.#socket.resume();
  }

  close(code: number, reason: string): void {
    this.resume();
    this.#onEnd(code, reason);
  }
}
