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
  /** Packets after a break, until it is known how long that was, and whether they were muted. */
  #held: { readonly packet: CapturedPacket; readonly isMuted: boolean }[] = [];
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

  packet(packet: CapturedPacket, isMuted: boolean): void {
    this.#held.push({ packet, isMuted });
    const { samples, wallMs } = packet;
    const now = { pageMs: performance.now(), wallMs };
    const missing = this.#clock.packet(samples.length / this.#options.channels, now);
    if (missing !== null) this.#release(missing);
  }

  /** To be asked twice a second. @returns whether audio has stopped coming */
  check(now: ClockReading): boolean {
    if (this.#clock.isSettlingOverdue(now)) this.#release(this.#clock.settle(now));
    const lostSamples = this.#clock.check(now);
    this.#lost(lostSamples);
    return lostSamples > 0;
  }

  end(error: Error | null): void {
    if (this.#held.length > 0) {
      this.#release(this.#clock.settle({ pageMs: performance.now(), wallMs: Date.now() }));
    }
    this.#tellMuted();
    this.queue.end(error);
  }

  #release(missing: number): void {
    this.#lost(missing);
    for (const { packet, isMuted } of this.#held) {
      if (isMuted) this.#muted(packet.samples.length / this.#options.channels);
      else {
        this.#tellMuted();
        this.queue.push(packet.samples, packet.samples.length / this.#options.channels);
      }
    }
    this.#held = [];
  }

  #muted(samples: number): void {
    this.#mutedSamples += samples;
    if (this.#mutedSamples >= this.#mutedPieceSamples) this.#tellMuted();
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
