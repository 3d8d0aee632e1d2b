/** Carries a session whose results nobody on the connection reads: they leave by the sinks. */
import { WebSocket } from 'ws';
import type { SessionTransport, TransportName } from '../../session/session-services.ts';

export class MediaStreamTransport implements SessionTransport {
  readonly name: TransportName;
  readonly #socket: WebSocket;
  readonly #holders: Set<MediaStreamTransport>;
  readonly #onEnd: (code: number, reason: string) => void;

  /** @param holders of the socket, which streams of one connection share */
  constructor(
    name: TransportName,
    socket: WebSocket,
    holders: Set<MediaStreamTransport>,
    onEnd: (code: number, reason: string) => void,
  ) {
    this.name = name;
    this.#socket = socket;
    this.#holders = holders;
    this.#onEnd = onEnd;
  }

  readonly bufferedBytes: number = 0;

  /** There is no message for results in the protocol of these makers. */
  send(): void {}

  pause(): void {
    this.#holders.add(this);
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.pause();
  }

  resume(): void {
    this.#holders.delete(this);
    if (this.#holders.size === 0 && this.#socket.isPaused) this.#socket.resume();
  }

  close(code: number, reason: string): void {
    this.resume();
    this.#onEnd(code, reason);
  }
}
