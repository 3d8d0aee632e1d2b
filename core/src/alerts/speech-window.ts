/**
 * What was said of late, gathered by second of audio, so that a rule takes the same little memory however often results
 * come. A second holds the speech that results ending in it were the first to hear.
 */
import { damaged, type StateReader } from '../stream/state-reader.ts';
import type { StateWriter } from '../stream/state-writer.ts';
import type { Stateful } from '../stream/stateful.ts';

const sampleRate = 16_000;
const mostSeconds = 120;
/** Of a second: its number plus 1 (0: none), where its speech began, samples of speech, weight, and this times value and arousal. */
const binSize = 6;

/** Speech that no result before has heard. */
export interface NewSpeech {
  readonly startSample: number;
  readonly endSample: number;
  readonly samples: number;
}

export interface SpeechSpan {
  /** Speech. */
  readonly samples: number;
  readonly startSample: number;
  /** Weighted mean; 0 without any. */
  readonly value: number;
  readonly arousal: number;
}

export class SpeechWindow implements Stateful {
  readonly #bins: Float64Array;

  /** @param windowMs up to 120,000 */
  constructor(windowMs: number) {
    this.#bins = new Float64Array(Math.ceil(windowMs / 1000) * binSize);
  }

  /** @param weight of its mean, 1 for a sample that counts in full */
  add(
    { startSample, endSample, samples }: NewSpeech,
    weight: number,
    { value, arousal }: Pick<SpeechSpan, 'value' | 'arousal'>,
  ): void {
    const bins = this.#bins;
    const second = secondOf(endSample);
    const at = (second % this.#seconds) * binSize;
    if (bins[at] !== second + 1) {
      bins.fill(0, at, at + binSize);
      bins[at] = second + 1;
      bins[at + 1] = startSample;
    }
    bins[at + 2]! += samples;
    bins[at + 3]! += weight;
    bins[at + 4]! += weight * value;
    bins[at + 5]! += weight * arousal;
  }

  /**
   * The newest whole seconds that hold at least `speechSamples` of speech, or all there is, and what was said before them
   * within the window that ends at `atSample`.
   */
  split(
    atSample: number,
    speechSamples: number,
  ): { readonly recent: SpeechSpan; readonly earlier: SpeechSpan } {
    const bins = this.#bins;
    const newest = secondOf(atSample);
    const recent = [0, atSample, 0, 0, 0];
    const earlier = [0, atSample, 0, 0, 0];
    for (let second = newest; second > newest - this.#seconds && second >= 0; second--) {
      const at = (second % this.#seconds) * binSize;
      if (bins[at] !== second + 1) continue;
      const sums = recent[0]! < speechSamples ? recent : earlier;
      sums[0]! += bins[at + 2]!;
      sums[1] = bins[at + 1]!;
      sums[2]! += bins[at + 3]!;
      sums[3]! += bins[at + 4]!;
      sums[4]! += bins[at + 5]!;
    }
    return { recent: spanOf(recent), earlier: spanOf(earlier) };
  }

  writeState(writer: StateWriter): void {
    writer.count(this.#seconds);
    writer.sparse(this.#bins);
  }

  readState(reader: StateReader): void {
    const seconds = reader.count(mostSeconds);
    if (seconds !== this.#seconds) damaged(`a window of ${this.#seconds} s`, seconds);
    reader.sparse(this.#bins);
  }

  get #seconds(): number {
    return this.#bins.length / binSize;
  }
}

/** The second in which audio ends. */
function secondOf(endSample: number): number {
  return Math.max(0, Math.ceil(endSample / sampleRate) - 1);
}

function spanOf([samples, startSample, weight, values, arousals]: readonly number[]): SpeechSpan {
  const divisor = weight! > 0 ? weight! : 1;
  return {
    samples: samples!,
    startSample: startSample!,
    value: values! / divisor,
    arousal: arousals! / divisor,
  };
}
