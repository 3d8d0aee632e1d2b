/**
 * Interim results that wait while a client is slow to read: one per channel, the newest. A later one replaces it, and any
 * other event of the channel makes it worthless.
 */
import type { EmotionEvent } from '@undertone/core';

export class HeldInterims {
  readonly #byChannel: (EmotionEvent | undefined)[] = [];
  #count = 0;

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** @returns whether another one was dropped for it */
  hold(event: EmotionEvent): boolean {
    const dropped = this.discard(event.channel);
    this.#byChannel[event.channel] = event;
    this.#count++;
    return dropped;
  }

  /** @returns whether there was one */
  discard(channel: number): boolean {
    if (!this.#byChannel[channel]) return false;
    this.#byChannel[channel] = undefined;
    this.#count--;
    return true;
  }

  /** Takes all that wait. */
  take(): EmotionEvent[] {
    const events = this.#byChannel.filter((event) => event !== undefined);
    this.#byChannel.length = 0;
    this.#count = 0;
    return events;
  }
}
