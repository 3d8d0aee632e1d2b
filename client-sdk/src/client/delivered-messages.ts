/** What of a stream has been told already, so that nothing is told twice when parts of it are recognised again. */
import type { ServerMessage } from '@undertone/proto';

export class DeliveredMessages {
  /** Per channel, one more than the highest ordinal. */
  readonly #next: number[] = [];
  /** Seconds: the end of the last `Gap`. */
  #gapsUntil = 0;
  #seq = 0;

  /** As `Restore` has them. */
  get ordinals(): number[] {
    return Array.from(this.#next, (count) => count ?? 0);
  }

  /** @returns the message with a number that has no gap over all connections; null when it was told before */
  next(message: ServerMessage): ServerMessage | null {
    if ('ordinal' in message && message.ordinal !== undefined && !this.#isNew(message)) return null;
    if (message.type === 'Gap') {
      const end = message.start + message.duration;
      if (end <= this.#gapsUntil) return null;
      this.#gapsUntil = end;
    }
    // Checkpoints are not told, and every connection counts from 0.
    return { ...message, seq: this.#seq++ };
  }

  #isNew({ channel, ordinal }: { readonly channel: number; readonly ordinal: number }): boolean {
    if (ordinal < (this.#next[channel] ?? 0)) return false;
    this.#next[channel] = ordinal + 1;
    return true;
  }
}
