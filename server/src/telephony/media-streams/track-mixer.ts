/**
 * Tracks that come one by one, each with its own gaps, as what a stream takes: interleaved audio, and gaps of all
 * channels. With one track nothing waits. With two, audio waits for the other track, but no longer than a second: bursts
 * of a quarter of a second are usual, and for some calls nothing is sent while a side is silent.
 */
import { bytesPerSample } from '@undertone/core';
import type { Encoding } from '@undertone/proto';
import { TrackPosition } from './track-position.ts';
import { TrackQueue } from './track-queue.ts';

export interface MixerOptions {
  readonly encoding: Encoding;
  readonly sampleRateHz: number;
  /** In the order of the channels. */
  readonly tracks: readonly string[];
}

export type MixedAudio =
  | { readonly kind: 'audio'; readonly bytes: Uint8Array }
  /** Samples of each channel. */
  | { readonly kind: 'gap'; readonly samples: number };

interface Track {
  readonly position: TrackPosition;
  readonly queue: TrackQueue;
}

const maxLagSeconds = 1;
const silenceByte: Readonly<Record<Encoding, number>> = { mulaw: 0xff, alaw: 0xd5, linear16: 0, float32: 0 };

export class TrackMixer {
  readonly #bytesPerSample: number;
  readonly #silenceByte: number;
  readonly #maxLagSamples: number;
  readonly #tracks: ReadonlyMap<string, Track>;
  #gapSamples = 0;
  #overlapSamples = 0;

  constructor({ encoding, sampleRateHz, tracks }: MixerOptions) {
    this.#bytesPerSample = bytesPerSample[encoding];
    this.#silenceByte = silenceByte[encoding];
    this.#maxLagSamples = maxLagSeconds * sampleRateHz;
    this.#tracks = new Map(
      tracks.map((name) => [
        name,
        { position: new TrackPosition(sampleRateHz), queue: new TrackQueue(this.#bytesPerSample) },
      ]),
    );
  }

  /** Missing so far, over all tracks. */
  get gapSamples(): number {
    return this.#gapSamples;
  }

  /** Left out because it had been there, over all tracks. */
  get overlapSamples(): number {
    return this.#overlapSamples;
  }

  hears(track: string): boolean {
    return this.#tracks.has(track);
  }

  /** @param audio whole samples of a track that is heard */
  push(track: string, timestampMs: number | null, audio: Uint8Array): readonly MixedAudio[] {
    const { position, queue } = this.#tracks.get(track)!;
    const samples = Math.floor(audio.length / this.#bytesPerSample);
    const { gapSamples, overlapSamples } = position.place(timestampMs, samples);
    const [from, to] = [overlapSamples * this.#bytesPerSample, samples * this.#bytesPerSample];
    this.#gapSamples += gapSamples;
    this.#overlapSamples += overlapSamples;
    if (this.#tracks.size === 1) return alone(gapSamples, audio.subarray(from, to));
    queue.pushSilence(gapSamples);
    queue.pushAudio(audio.subarray(from, to));
    return this.#mixed(this.#maxLagSamples);
  }

  /** Nothing more comes. */
  flush(): readonly MixedAudio[] {
    return this.#mixed(0);
  }

  /** All that every track has, or that one has waited too long for. */
  #mixed(maxLagSamples: number): readonly MixedAudio[] {
    const tracks = [...this.#tracks.values()];
    const longest = Math.max(...tracks.map(({ queue }) => queue.samples));
    for (const { position, queue } of tracks) {
      const missing = Math.max(0, longest - maxLagSamples - queue.samples);
      // What still comes for this time has been replaced by silence.
      position.place(null, missing);
      queue.pushSilence(missing);
    }
    const mixed: MixedAudio[] = [];
    for (;;) {
      const run = Math.min(...tracks.map(({ queue }) => queue.firstSamples));
      if (run === 0) return mixed;
      mixed.push(this.#take(tracks, run));
    }
  }

  #take(tracks: readonly Track[], samples: number): MixedAudio {
    const parts = tracks.map(({ queue }) => queue.take(samples));
    if (parts.every((part) => part === null)) return { kind: 'gap', samples };
    const [only] = parts;
    if (parts.length === 1 && only) return { kind: 'audio', bytes: only };
    const width = this.#bytesPerSample;
    const bytes = new Uint8Array(samples * width * parts.length).fill(this.#silenceByte);
    for (const [channel, part] of parts.entries()) {
      for (let i = 0; part && i < samples; i++)
        for (let b = 0; b < width; b++)
          bytes[(i * parts.length + channel) * width + b] = part[i * width + b]!;
    }
    return { kind: 'audio', bytes };
  }
}

/** What waits for nobody. */
function alone(gapSamples: number, bytes: Uint8Array): readonly MixedAudio[] {
  const mixed: MixedAudio[] = gapSamples > 0 ? [{ kind: 'gap', samples: gapSamples }] : [];
  if (bytes.length > 0) mixed.push({ kind: 'audio', bytes });
  return mixed;
}
