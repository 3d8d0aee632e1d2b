/**
 * Lets streams in as long as the server can carry them. Places are counted when they are given, not when their load shows,
 * so that a thousand callers at once find as many places as there are and the rest are refused at once.
 */
import { UndertoneError } from '@undertone/core';
import type { Principal } from '../auth/principal.ts';
import { CapacityEstimate } from './capacity-estimate.ts';
import type { LoadSource } from './load-source.ts';

/** A place. */
export interface Lease {
  /**
   * The stream has another number of channels that are analysed than it had when it was let in.
   * @throws UndertoneError `overloaded` where there is no room for more; then it keeps what it had
   */
  resize(channels: number): void;
  /** Gives it back. Idempotent. */
  release(): void;
}

export interface CapacityLimits {
  /** Streams at a time; 0 sets no limit beside what the machine carries. */
  readonly maxSessions: number;
  /** 0 to 1 */
  readonly maxUtilisation: number;
}

export interface CapacityGateOptions {
  /** Asked at each use: they may change. */
  readonly limits: () => CapacityLimits;
  /** Live channels that would keep the server fully busy. */
  readonly calibrated: number;
  readonly sources: readonly LoadSource[];
  /** Seconds of audio heard since the start, over all channels. */
  readonly audioSeconds: () => number | Promise<number>;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
}

/** A server that was full takes streams again when this share is free, not at each stream that ends. */
const reopenShare = 0.03;
/** Work that is this late means that more has been let in than can be carried, whatever the estimate says. */
const closeLagMs = 100;
const reopenLagMs = 30;
/** With fewer streams than this share of the capacity, lag is not of their making. */
const lagShare = 0.25;

export class CapacityGate {
  readonly #options: CapacityGateOptions;
  readonly #now: () => number;
  readonly #estimate: CapacityEstimate;
  readonly #byPrincipal = new Map<string, number>();
  #streams = 0;
  #channels = 0;
  #isFull = false;
  #isLate = false;
  #lastMs: number;
  #lastAudio = 0;

  constructor(options: CapacityGateOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#estimate = new CapacityEstimate(options.calibrated);
    this.#lastMs = this.#now();
  }

  /** Streams of one channel that may be open at a time. */
  get capacity(): number {
    const measured = Math.max(1, Math.floor(this.#places));
    const { maxSessions } = this.#options.limits();
    return maxSessions > 0 ? Math.min(maxSessions, measured) : measured;
  }

  /** Places taken out of those there are; 1 and more when nobody is let in. */
  get loadRatio(): number {
    const { maxSessions } = this.#options.limits();
    const bySessions = maxSessions > 0 ? this.#streams / maxSessions : 0;
    const ratio = Math.max(bySessions, this.#channels / Math.max(1, this.#places));
    return this.#isLate ? Math.max(1, ratio) : ratio;
  }

  /**
   * Whether one more stream would be let in; costs next to nothing, for floods.
   * @param channels of the stream that will be analysed
   * @throws UndertoneError `overloaded`
   */
  expectRoom(channels = 1): void {
    const { maxSessions } = this.#options.limits();
    if (maxSessions > 0 && this.#streams >= maxSessions)
      throw overloaded(`Expected at most ${maxSessions} streams at a time; all are taken.`);
    if (this.#isLate) throw overloaded('The server is behind with its work and takes no new stream.');
    const places = this.#places;
    const open = this.#isFull ? places - Math.floor(places * reopenShare) : places;
    // One stream is always let in, however slow the machine.
    this.#isFull = this.#streams > 0 && this.#channels + channels > open;
    if (this.#isFull)
      throw overloaded(`Expected at most ${this.capacity} streams at a time on this machine; all are taken.`);
  }

  /**
   * @param channels of the stream that will be analysed
   * @throws UndertoneError `overloaded`, `too_many_sessions`
   */
  enter({ id, maxSessions }: Principal, channels: number): Lease {
    this.expectRoom(channels);
    const own = this.#byPrincipal.get(id) ?? 0;
    if (maxSessions !== undefined && own >= maxSessions)
      throw new UndertoneError(
        'too_many_sessions',
        `Expected at most ${maxSessions} streams at a time with these credentials; all are open.`,
      );
    this.#byPrincipal.set(id, own + 1);
    this.#streams++;
    this.#channels += channels;
    let held = channels;
    let isHeld = true;
    return {
      resize: (next) => {
        if (!isHeld || next === held) return;
        // Its own place is there already.
        if (this.#streams > 1 && next > held && this.#channels + next - held > this.#places)
          throw overloaded('Expected fewer analysed channels on this machine; all places are taken.');
        this.#channels += next - held;
        held = next;
      },
      release: () => {
        if (!isHeld) return;
        isHeld = false;
        this.#streams--;
        this.#channels -= held;
        const left = this.#byPrincipal.get(id)! - 1;
        if (left === 0) this.#byPrincipal.delete(id);
        else this.#byPrincipal.set(id, left);
      },
    };
  }

  /** Live channels at which the busiest resource is as busy as it may be. */
  get #places(): number {
    return this.#estimate.channels * this.#options.limits().maxUtilisation;
  }

  /** Looks at the load; called twice a second or so. */
  async sample(): Promise<void> {
    const { sources, audioSeconds } = this.#options;
    const audio = await audioSeconds();
    const nowMs = this.#now();
    const elapsedMs = Math.max(1, nowMs - this.#lastMs);
    const audioRate = ((audio - this.#lastAudio) * 1000) / elapsedMs;
    this.#lastMs = nowMs;
    this.#lastAudio = audio;
    const busiest = Math.max(0, ...sources.map((source) => source.utilisation()));
    this.#estimate.update(busiest, audioRate, elapsedMs);
    const lagMs = Math.max(0, ...sources.map((source) => source.lagMs()));
    const isLoaded = this.#channels >= lagShare * this.#places;
    this.#isLate = isLoaded && lagMs > (this.#isLate ? reopenLagMs : closeLagMs);
  }
}

function overloaded(message: string): UndertoneError {
  return new UndertoneError('overloaded', message);
}
