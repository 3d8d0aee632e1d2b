/**
 * What one session may hold of the room for events that wait: its client can bring about `Gap` events as fast as it sends, and
 * must not take the place of others' results. All other durable events take speech, and the time to speak.
 */
import type { SinkEvent } from './sink.ts';

const leastGaps = 16;
const shareOfEvents = 0.01;

export class GapShare {
  readonly #max: number;
  /** That wait, by session. */
  readonly #gaps = new Map<string, number>();

  /** @param maxEvents that may wait in all */
  constructor(maxEvents: number) {
    this.#max = Math.max(leastGaps, Math.floor(maxEvents * shareOfEvents));
  }

  /** @returns whether the event may wait; then `leave` follows once it does no more */
  enter({ type, session }: SinkEvent): boolean {
    if (type !== 'gap') return true;
    const waiting = this.#gaps.get(session) ?? 0;
    if (waiting >= this.#max) return false;
    this.#gaps.set(session, waiting + 1);
    return true;
  }

  leave({ type, session }: SinkEvent): void {
    if (type !== 'gap') return;
    const waiting = (this.#gaps.get(session) ?? 0) - 1;
    if (waiting > 0) this.#gaps.set(session, waiting);
    else this.#gaps.delete(session);
  }
}
