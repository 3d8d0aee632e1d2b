/** Loudest and lowest sample of every 20 ms, by channel: what is drawn of a stream, without keeping its audio. */
import type { AudioChunk } from '@undertone/client-sdk';
import type { AudioFormat } from '@undertone/client-sdk/browser';

const binSeconds = 0.02;
/** Four hours, the longest stream that a server takes by default. What follows is counted and not drawn. */
const maxBins = (4 * 3600) / binSeconds;
const firstBins = 3000;

export class WaveEnvelope {
  readonly channels: number;
  readonly binSeconds: number = binSeconds;
  readonly #sampleRateHz: number;
  readonly #samplesPerBin: number;
  /** Interleaved by channel. */
  #low: Float32Array;
  #high: Float32Array;
  #frames = 0;

  constructor({ sampleRateHz, channels }: Pick<AudioFormat, 'sampleRateHz' | 'channels'>) {
    this.channels = channels;
    this.#sampleRateHz = sampleRateHz;
    this.#samplesPerBin = sampleRateHz * binSeconds;
    this.#low = new Float32Array(firstBins * channels);
    this.#high = new Float32Array(firstBins * channels);
  }

  /** Position on the stream's clock, in seconds. */
  get seconds(): number {
    return this.#frames / this.#sampleRateHz;
  }

  /** @param samples interleaved; bytes (G.711) advance the clock and are not drawn */
  add(samples: AudioChunk): void {
    const frames = Math.floor(samples.length / this.channels);
    if (samples instanceof Uint8Array) {
      this.skip(frames);
      return;
    }
    const scale = samples instanceof Int16Array ? 1 / 32768 : 1;
    this.#reserve(this.#frames + frames);
    for (let frame = 0; frame < frames; frame += 1) {
      const bin = Math.floor((this.#frames + frame) / this.#samplesPerBin);
      if (bin >= maxBins) break;
      for (let channel = 0; channel < this.channels; channel += 1) {
        const value = samples[frame * this.channels + channel]! * scale;
        const index = bin * this.channels + channel;
        if (value < this.#low[index]!) this.#low[index] = value;
        if (value > this.#high[index]!) this.#high[index] = value;
      }
    }
    this.#frames += frames;
  }

  /** Time without audio. */
  skip(frames: number): void {
    this.#frames += frames;
    this.#reserve(this.#frames);
  }

  /** Lowest and highest sample of a channel between two bins; both 0 where there is nothing. */
  range(channel: number, fromBin: number, toBin: number): { low: number; high: number } {
    let low = 0;
    let high = 0;
    const end = Math.min(toBin, this.#low.length / this.channels);
    for (let bin = Math.max(0, fromBin); bin < end; bin += 1) {
      const index = bin * this.channels + channel;
      low = Math.min(low, this.#low[index]!);
      high = Math.max(high, this.#high[index]!);
    }
    return { low, high };
  }

  #reserve(frames: number): void {
    const bins = Math.min(maxBins, Math.ceil(frames / this.#samplesPerBin) + 1);
    if (bins * this.channels <= this.#low.length) return;
    const length = Math.min(maxBins, bins * 2) * this.channels;
    this.#low = grown(this.#low, length);
    this.#high = grown(this.#high, length);
  }
}

function grown(old: Float32Array, length: number): Float32Array {
  const values = new Float32Array(length);
  values.set(old);
  return values;
}
