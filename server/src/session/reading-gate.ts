/** Whether the connection of a stream is read: it is while nobody has a reason to hold it. */
import type { SessionTransport } from './session-services.ts';

/** `inbox`: what was read waits; `rate`: audio came faster than allowed. */
const reasons = { inbox: 1, rate: 2 } as const;

export class ReadingGate {
  readonly #transport: SessionTransport;
  #held = 0;

  constructor(transport: SessionTransport) {
    this.#transport = transport;
  }

  get isHeld(): boolean {
    return this.#held !== 0;
  }

  hold(reason: keyof typeof reasons): void {
    const held = this.#held;
    this.#held |= reasons[reason];
    if (held === 0) this.#transport.pause();
  }

  release(reason: keyof typeof reasons): void {
    const held = this.#held;
    this.#held &= ~reasons[reason];
    if (held !== 0 && this.#held === 0) this.#transport.resume();
  }
}
