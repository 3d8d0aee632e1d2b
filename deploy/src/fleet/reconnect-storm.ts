/** Streams of servers that are gone, coming back as the SDK does: after random times up to a limit that doubles. */
import type { Random } from './random.ts';

/** Those of `ReconnectOptions` in the SDK. */
const firstDelayMs = 250;
const maxDelayMs = 5000;
const giveUpMs = 60_000;
/** What a server without room asks for. */
const askedMs = 1000;
/** `connectTimeoutMs` of the SDK: how long nobody answers where a server is gone and its balancer does not know yet. */
const connectTimeoutMs = 10_000;
const binMs = 100;

/** What an attempt meets. */
export type Met = 'room' | 'full' | 'nobody';

export interface StormReport {
  readonly streams: number;
  readonly restored: number;
  readonly gaveUp: number;
  readonly attempts: number;
  /** Share of attempts that found no room, or nobody. */
  readonly refusedShare: number;
  readonly peakAttemptsPerSecond: number;
  readonly moveP50Ms: number;
  readonly moveP99Ms: number;
}

interface Waiting {
  readonly lostAtMs: number;
  readonly untilSecond: number;
  readonly attempt: number;
  readonly atMs: number;
}

export class ReconnectStorm {
  readonly #random: Random;
  /** By tenth of a second. */
  readonly #bins = new Map<number, Waiting[]>();
  readonly #movesMs: number[] = [];
  readonly #counts = { streams: 0, gaveUp: 0, attempts: 0, refused: 0, peak: 0 };

  constructor(random: Random) {
    this.#random = random;
  }

  add(second: number, untilSecond: number): void {
    this.#counts.streams++;
    const lostAtMs = second * 1000;
    this.#wait({ lostAtMs, untilSecond, attempt: 0, atMs: lostAtMs + this.#random.next() * firstDelayMs });
  }

  run(second: number, take: (untilSecond: number) => Met): void {
    let attempts = 0;
    for (let bin = (second * 1000) / binMs; bin < ((second + 1) * 1000) / binMs; bin++) {
      const due = this.#bins.get(bin) ?? [];
      this.#bins.delete(bin);
      for (const waiting of due) {
        attempts++;
        const met = take(waiting.untilSecond);
        if (met === 'room') this.#movesMs.push(waiting.atMs - waiting.lostAtMs);
        else this.#again(waiting, met === 'full' ? askedMs : connectTimeoutMs);
      }
    }
    this.#counts.attempts += attempts;
    this.#counts.peak = Math.max(this.#counts.peak, attempts);
  }

  report(): StormReport {
    const moves = Float64Array.from(this.#movesMs).sort();
    const at = (share: number): number =>
      Math.round(moves[Math.max(0, Math.ceil(share * moves.length) - 1)] ?? 0);
    const { streams, gaveUp, attempts, refused, peak } = this.#counts;
    return {
      streams,
      restored: moves.length,
      gaveUp,
      attempts,
      refusedShare: attempts === 0 ? 0 : refused / attempts,
      peakAttemptsPerSecond: peak,
      moveP50Ms: at(0.5),
      moveP99Ms: at(0.99),
    };
  }

  #again({ lostAtMs, untilSecond, attempt, atMs }: Waiting, afterMs: number): void {
    this.#counts.refused++;
    const limitMs = Math.min(maxDelayMs, firstDelayMs * 2 ** (attempt + 1));
    const nextMs = atMs + afterMs + this.#random.next() * limitMs;
    if (nextMs - lostAtMs > giveUpMs) this.#counts.gaveUp++;
    else this.#wait({ lostAtMs, untilSecond, attempt: attempt + 1, atMs: nextMs });
  }

  #wait(waiting: Waiting): void {
    const bin = Math.floor(waiting.atMs / binMs);
    const others = this.#bins.get(bin);
    if (others) others.push(waiting);
    else this.#bins.set(bin, [waiting]);
  }
}
