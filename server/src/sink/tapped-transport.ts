/** A transport whose messages somebody else gets as well. */
import type { ServerMessage } from '@undertone/proto';
import type { SessionTransport, TransportName } from '../session/session-services.ts';

export class TappedTransport implements SessionTransport {
  readonly name: TransportName;
  readonly #inner: SessionTransport;
  readonly #tap: (message: ServerMessage) => void;

  constructor(inner: SessionTransport, tap: (message: ServerMessage) => void) {
    this.name = inner.name;
    this.#inner = inner;
    this.#tap = tap;
  }

  get bufferedBytes(): number {
    return this.#inner.bufferedBytes;
  }

  send(message: ServerMessage): void {
    this.#inner.send(message);
    this.#tap(message);
  }

  pause(): void {
    this.#inner.pause();
  }

  resume(): void {
    this.#inner.resume();
  }

  close(code: number, reason: string): void {
    this.#inner.close(code, reason);
  }
}
