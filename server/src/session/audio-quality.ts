/**
 * Hears from the raw bytes whether a stream can be judged at all: clipping, next to no level, digital silence. Looks at
 * every eighth sample of the channels that are analysed, which costs nothing beside decoding and finds all three.
 */
import { endianness } from 'node:os';
import { bytesPerSample } from '@undertone/core';
import type { StreamConfig } from '@undertone/proto';

type Format = Pick<StreamConfig, 'encoding' | 'channels' | 'sample_rate'>;

const windowSeconds = 10;
const strideFrames = 8;
/** Share of samples at full scale from which on speech is distorted audibly. */
const clippedShare = 0.01;
/** About -50 dB of full scale: no speech reaches the model's speech detector from there. */
const faintPeak = 0.003;
const fullScale = 0.999;
const fullScale16 = fullScale * 32_767;
/** A listener may be silent for a while; a line is not. */
const silentWindows = 6;

const isLittleEndian = endianness() === 'LE';

export type QualityProblem = 'clipping' | 'faint' | 'silent';

export class AudioQuality {
  readonly #encoding: StreamConfig['encoding'];
  readonly #channels: number;
  readonly #bytesPerSample: number;
  readonly #checksPerWindow: number;
  /** Bytes until the next sample to look at. */
  #ahead = 0;
  #checks = 0;
  #clipped = 0;
  #peak = 0;
  #silentWindows = 0;

  constructor({ encoding, channels, sample_rate }: Format) {
    this.#encoding = encoding;
    this.#channels = channels;
    this.#bytesPerSample = bytesPerSample[encoding];
    this.#checksPerWindow = (windowSeconds * sample_rate) / strideFrames;
  }

  /** @returns what is wrong when a window is over in which something was, else null */
  accept(bytes: Uint8Array, analysed: readonly boolean[]): QualityProblem | null {
    const frameBytes = this.#bytesPerSample * this.#channels;
    const strideBytes = strideFrames * frameBytes;
    const start = this.#ahead;
    // A sample that is cut by the end of a packet is left out.
    const whole = Math.max(0, Math.floor((bytes.length - frameBytes - start) / strideBytes) + 1);
    for (let channel = 0; whole > 0 && channel < this.#channels; channel++) {
      const from = start + channel * this.#bytesPerSample;
      if (!analysed[channel]) continue;
      if (this.#encoding === 'linear16' && areAligned(bytes, from)) this.#lookAligned(bytes, from, whole);
      else this.#look(bytes, from, whole);
    }
    this.#checks += whole;
    const next = start + whole * strideBytes;
    const beyond = Math.max(0, Math.ceil((bytes.length - next) / strideBytes));
    this.#ahead = next + beyond * strideBytes - bytes.length;
    return this.#checks >= this.#checksPerWindow ? this.#judge() : null;
  }

  #look(bytes: Uint8Array, from: number, count: number): void {
    const strideBytes = strideFrames * this.#bytesPerSample * this.#channels;
    for (let i = 0, at = from; i < count; i++, at += strideBytes) {
      const level = this.#level(bytes, at);
      if (level > this.#peak) this.#peak = level;
      if (level >= fullScale) this.#clipped++;
    }
  }

  /** The same for what nearly everybody sends, in whole numbers. */
  #lookAligned(bytes: Uint8Array, from: number, count: number): void {
    const samples = new Int16Array(bytes.buffer, bytes.byteOffset + from, (bytes.length - from) >> 1);
    const stride = strideFrames * this.#channels;
    let peak = 0;
    let clipped = 0;
    for (let i = 0, at = 0; i < count; i++, at += stride) {
      const level = Math.abs(samples[at]!);
      if (level > peak) peak = level;
      if (level >= fullScale16) clipped++;
    }
    this.#peak = Math.max(this.#peak, peak / 32_767);
    this.#clipped += clipped;
  }

  #judge(): QualityProblem | null {
    const clipped = this.#clipped / this.#checks;
    const peak = this.#peak;
    this.#checks = 0;
    this.#clipped = 0;
    this.#peak = 0;
    this.#silentWindows = peak < faintPeak ? this.#silentWindows + 1 : 0;
    if (clipped > clippedShare) return 'clipping';
    if (this.#silentWindows < silentWindows) return null;
    this.#silentWindows = 0;
    return peak === 0 ? 'silent' : 'faint';
  }

  /** Magnitude in [0, 1], to a precision that is enough for the thresholds. */
  #level(bytes: Uint8Array, at: number): number {
    switch (this.#encoding) {
      case 'linear16':
        return Math.abs(((bytes[at]! | (bytes[at + 1]! << 8)) << 16) >> 16) / 32_767;
      case 'float32':
        return Math.abs(new DataView(bytes.buffer, bytes.byteOffset + at, 4).getFloat32(0, true));
      case 'mulaw':
        return companded(~bytes[at]! & 0x7f);
      case 'alaw':
        return companded((bytes[at]! ^ 0x55) & 0x7f);
    }
  }
}

/** Whether 16-bit samples from this byte on can be read as such. */
function areAligned(bytes: Uint8Array, from: number): boolean {
  return isLittleEndian && (bytes.byteOffset + from) % 2 === 0;
}

/** Seven bits of a G.711 sample: three of exponent, four of mantissa. The highest code is full scale. */
function companded(code: number): number {
  if (code === 0x7f) return 1;
  if (code <= 1) return 0;
  const exponent = code >> 4;
  const mantissa = code & 0x0f;
  return exponent === 0 ? mantissa / 4096 : ((mantissa + 16) << (exponent - 1)) / 4096;
}
