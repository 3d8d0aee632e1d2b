/** Sends streams to other servers, not all at once: what takes them up must not be flooded. */
import { guarded } from './guarded.ts';
import type { Session } from './session.ts';

/** Streams that move, at most one in so many milliseconds on average where there is time. */
const moveEveryMs = 10;

export class SpreadMoves {
  readonly #timers = new Set<NodeJS.Timeout>();

  /** Moves those that can within the first half of `withinMs`, in no order. */
  start(sessions: Iterable<Session>, withinMs: number): void {
    const movers = [...sessions].filter(({ canMove }) => canMove);
    const spreadMs = Math.min(withinMs / 2, movers.length * moveEveryMs);
    for (const session of movers) {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        guarded(session, () => session.goAway());
      }, Math.random() * spreadMs);
      this.#timers.add(timer);
    }
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}
