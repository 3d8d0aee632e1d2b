/**
 * On which thread a stream lives. Streams that share a thread share the calls of the network and the messages to it, so one
 * thread is filled before the next is used. Only the first streams are spread, one on each, for a file is worked off faster
 * than it plays and should have a thread for itself; with four on each, 250 streams cost 4 % more.
 */
/** Beyond this share of its time a thread gets no more streams while another has room. */
const fullShare = 0.6;
/** A thread that is so late gets no more either: many streams may come with audio that they send again, all at once. */
const lateMs = 20;
/** Seconds of work for each second of audio, until it has been measured. */
const assumedCost = 0.001;
/** Audio over which the cost is averaged. */
const memorySeconds = 300;

/** What is asked of a thread. */
export interface Place {
  readonly streams: { readonly size: number };
  /** How long its oldest work has waited. */
  waitingMs(nowMs: number): number;
}

export interface ThreadWork {
  /** Share of the time in which the thread was busy, 0 to 1. */
  readonly utilisation: number;
  readonly busySeconds: number;
  /** Audio that was heard in that time. */
  readonly audioSeconds: number;
}

export class Placement {
  #cost = assumedCost;
  /** At the last two observations, the later last. */
  readonly #utilisation = new WeakMap<Place, readonly [number, number]>();

  /** A thread has done so much since it was observed last. */
  observe(place: Place, { utilisation, busySeconds, audioSeconds }: ThreadWork): void {
    this.#utilisation.set(place, [this.#utilisation.get(place)?.[1] ?? 0, utilisation]);
    if (audioSeconds <= 0) return;
    const weight = audioSeconds / (audioSeconds + memorySeconds);
    this.#cost += weight * (busySeconds / audioSeconds - this.#cost);
  }

  /** The thread for the next stream; null where there is none. */
  choose<P extends Place>(places: readonly P[], nowMs: number): P | null {
    let least: P | null = null;
    for (const place of places) if (least === null || place.streams.size < least.streams.size) least = place;
    if (least === null || least.streams.size === 0) return least;
    return places.find((place) => place.waitingMs(nowMs) < lateMs && this.#hasRoom(place)) ?? least;
  }

  /** Streams that are silent are counted as if they spoke, for they may begin to, all at once. */
  #hasRoom(place: Place): boolean {
    const [before, now] = this.#utilisation.get(place) ?? [0, 0];
    // Twice in a row: once may be the calibration, or another program that had the core.
    return place.streams.size * this.#cost < fullShare && Math.min(before, now) < fullShare;
  }
}
