import type { ServerMessage } from '@undertone/proto';
import type { SessionTransport } from '../../server/src/session/session-services.ts';

/** A connection in memory, whose client reads as fast as the test says. */
export class MemoryTransport implements SessionTransport {
  readonly name = 'websocket';
  readonly messages: ServerMessage[] = [];
  bufferedBytes = 0;
  isPaused = false;
  closedWith: [number, string] | null = null;
  #onClose: () => void = () => {};
  readonly closed: Promise<void> = new Promise((resolve) => {
    this.#onClose = resolve;
  });

  send(message: ServerMessage): void {
    this.messages.push(message);
  }
  pause(): void {
    this.isPaused = true;
  }
  resume(): void {
    this.isPaused = false;
  }
  close(code: number, reason: string): void {
    this.closedWith = [code, reason];
    this.#onClose();
  }
}
