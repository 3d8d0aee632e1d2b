/** From samples to what is cached of a clip: raw frames, speech targets, noise floor and loud level. */
import {
  defaultFeatureConfig,
  type FeatureConfig,
  RawSignalPath,
  rawFrameSize,
  SignalKernel,
} from '@undertone/core';

export interface ClipFeatures {
  readonly frames: number;
  /** `[frames, bands + 2]`, as the front end gives them. */
  readonly raw: Float32Array;
  /** `[bands]`: 10th percentile over time of each log-mel band, then the loud level: see `clipLevels`. */
  readonly levels: Float32Array;
  /** `[frames]`: 1 where the clean recording holds speech. */
  readonly speech: Uint8Array;
}

/** Computes raw frames; one per thread. */
export class FrameExtractor {
  readonly #kernel: SignalKernel;
  readonly #size: number;

  constructor(features: FeatureConfig = defaultFeatureConfig) {
    this.#kernel = new SignalKernel(features);
    this.#size = rawFrameSize(features);
  }

  /** `[frames, bands + 2]` of a whole recording at 16 kHz. */
  rawFrames(samples: Float32Array): Float32Array {
    const path = new RawSignalPath(this.#kernel);
    const head = path.accept(samples).slice();
    const tail = path.flush();
    if (tail.length === 0) return head;
    const all = new Float32Array(head.length + tail.length);
    all.set(head);
    all.set(tail, head.length);
    return all;
  }

  /** @param speech targets per frame, `[frames]` or one shorter or longer by rounding */
  features(samples: Float32Array, speech: Uint8Array): ClipFeatures {
    const raw = this.rawFrames(samples);
    const frames = raw.length / this.#size;
    const targets = new Uint8Array(frames);
    targets.set(speech.subarray(0, frames));
    return { frames, raw, levels: clipLevels(raw, frames, this.#size), speech: targets };
  }
}

/**
 * `[bands + 1]`: the 10th percentile of each band over time (its noise floor, natural logarithm of energy) and the
 * 95th percentile over time of the logarithm of the energy of all bands together.
 */
export function clipLevels(raw: Float32Array, frames: number, rawSize: number): Float32Array {
  const bands = rawSize - 2;
  const levels = new Float32Array(bands + 1);
  if (frames === 0) return levels;
  const column = new Float32Array(frames);
  const total = new Float32Array(frames);
  for (let b = 0; b < bands; b++) {
    for (let t = 0; t < frames; t++) {
      const value = raw[t * rawSize + b]!;
      column[t] = value;
      total[t] = total[t]! + Math.exp(value);
    }
    column.sort();
    levels[b] = column[Math.floor(0.1 * (frames - 1))]!;
  }
  total.sort();
  levels[bands] = Math.log(total[Math.floor(0.95 * (frames - 1))]!);
  return levels;
}
