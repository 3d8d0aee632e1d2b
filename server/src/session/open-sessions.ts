/** The streams of a server, whatever door they came through. */
import type { SessionCount } from '../observability/metrics.ts';
import { guarded } from './guarded.ts';
import type { Session } from './session.ts';
import type { StreamView } from './stream-view.ts';

export class OpenSessions {
  /** Oldest first. */
  readonly #views = new Map<Session, StreamView>();
  #opened = 0;
  #onEmpty: (() => void) | null = null;

  get size(): number {
    return this.#views.size;
  }

  /** Streams that were heard since the server started. */
  get opened(): number {
    return this.#opened;
  }

  /** With what is known of each. */
  get views(): ReadonlyMap<Session, StreamView> {
    return this.#views;
  }

  /** By door and model. */
  counts(): readonly SessionCount[] {
    const counts = new Map<string, SessionCount>();
    for (const { transport, model } of this.#views.keys()) {
      const key = `${transport} ${model}`;
      counts.set(key, { transport, model, count: (counts.get(key)?.count ?? 0) + 1 });
    }
    return [...counts.values()];
  }

  get bufferedBytes(): number {
    let bytes = 0;
    for (const session of this.#views.keys()) bytes += session.bufferedBytes;
    return bytes;
  }

  /** @param isHeard false for one that waits for its checkpoint, whose place a stream takes that is added later */
  add(session: Session, view: StreamView, isHeard: boolean): void {
    if (isHeard) this.#opened++;
    this.#views.set(session, view);
  }

  remove(session: Session): void {
    this.#views.delete(session);
    if (this.#views.size === 0) this.#onEmpty?.();
  }

  /** What one meets ends that one only. */
  each(run: (session: Session) => void): void {
    for (const session of this.#views.keys()) guarded(session, () => run(session));
  }

  /** Resolves when none is left, or after `timeoutMs`. */
  async empty(timeoutMs: number): Promise<void> {
    if (this.size === 0) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
      timer = setTimeout(resolve, timeoutMs);
    });
    clearTimeout(timer);
    this.#onEmpty = null;
  }
}
