/** Puts what is captured into the queue, or the time of it while it is muted. */
import type { AudioGap, GapReason } from '../../client/audio-input.ts';
import { InputQueue } from '../input-queue.ts';
import { CaptureClock, type ClockReading } from './capture-clock.ts';
import type { CapturedPacket } from './captured-packet.ts';

/** Time that is muted is told in pieces, so that servers hear that somebody is there. */
const mutedPieceMs = 500;

export interface HeardOrMutedOptions {
  readonly sampleRateHz: number;
  readonly channels: number;
  readonly maxQueuedMs: number;
  onGap(gap: AudioGap): void;
}

export class HeardOrMuted {
  readonly queue: InputQueue;
  readonly #options: HeardOrMutedOptions;
  readonly #clock: CaptureClock;
  readonly #mutedPieceSamples: number;
  #mutedSamples = 0;
  #neverCapturedSamples = 0;

  constructor(options: HeardOrMutedOptions) {
    const { sampleRateHz, maxQueuedMs } = options;
    this.#options = options;
    this.queue = new InputQueue((sampleRateHz * maxQueuedMs) / 1000);
    this.#clock = new CaptureClock(sampleRateHz);
    this.#mutedPieceSamples = (sampleRateHz * mutedPieceMs) / 1000;
  }

  get lostSamples(): number {
    return this.#neverCapturedSamples + this.queue.letGoSamples;
  }

  packet({ samples, wallMs }: CapturedPacket, isMuted: boolean): void {
    const count = samples.length / this.#options.channels;
    this.#lost(this.#clock.packet(count, { pageMs: performance.now(), wallMs }));
    if (isMuted) {
      this.#mutedSamples += count;
      if (this.#mutedSamples >= this.#mutedPieceSamples) this.#tellMuted();
      return;
    }
    this.#tellMuted();
    this.queue.push(samples, count);
  }

  /** To be asked every second. @returns whether audio has stopped coming */
  check(now: ClockReading): boolean {
    const lostSamples = this.#clock.check(now);
    this.#lost(lostSamples);
    return lostSamples > 0;
  }

  end(error: Error | null): void {
    this.#tellMuted();
    this.queue.end(error);
  }

  #tellMuted(): void {
    this.#tell(this.#mutedSamples, 'paused');
    this.#mutedSamples = 0;
  }

  #lost(lostSamples: number): void {
    if (lostSamples === 0) return;
    this.#tellMuted();
    this.#neverCapturedSamples += lostSamples;
    this.#tell(lostSamples, 'client');
  }

  #tell(lostSamples: number, reason: GapReason): void {
    if (lostSamples === 0) return;
    this.queue.pushGap(lostSamples, reason);
    this.#options.onGap({ lostSamples, reason });
  }
}
