/**
 * How a voice sounds when it is neutral: the medians of valence and arousal, weighted by speech, over the first 20 s of
 * speech that lies near neutral, shrunk to the model's neutral by as much as 10 s of speech would weigh. See
 * docs/sentiment.md.
 */
import type { StateReader } from '../stream/state-reader.ts';
import type { StateWriter } from '../stream/state-writer.ts';
import type { Stateful } from '../stream/stateful.ts';
import { type Affect, distance, type NeutralRegion } from './affect.ts';

const sampleRate = 16_000;
/** Speech after which the baseline stays as it is. */
const enoughSamples = 20 * sampleRate;
/** Variance of a second of neutral speech within a voice over that between voices, in samples; measured. */
const priorSamples = 10 * sampleRate;
const mostEntries = 48;
/** Values are kept to a ten-thousandth, so that few bytes hold them. */
const scale = 10_000;

interface Entry {
  readonly samples: number;
  /** In [-scale, scale]. */
  readonly valence: number;
  readonly arousal: number;
}

export class VoiceBaseline implements Stateful {
  readonly #neutral: NeutralRegion;
  #entries: Entry[] = [];
  #samples = 0;
  /** Known once there is enough, or until the next entry comes. */
  #value: Affect | null = null;

  constructor(neutral: NeutralRegion) {
    this.#neutral = neutral;
  }

  /** Neutral speech that it rests on. */
  get neutralSamples(): number {
    return this.#samples;
  }

  /** The model's neutral until neutral speech was heard. */
  get value(): Affect {
    this.#value ??= this.#shrunk();
    return this.#value;
  }

  /** @param samples of speech, at least 1 */
  hear(samples: number, affect: Affect): void {
    if (this.#isComplete || distance(affect, this.#neutral.centre) > this.#neutral.radius) return;
    this.#entries.push({
      samples,
      valence: Math.round(affect.valence * scale),
      arousal: Math.round(affect.arousal * scale),
    });
    this.#samples += samples;
    this.#value = null;
    if (this.#samples < enoughSamples && this.#entries.length < mostEntries) return;
    this.#value = this.#shrunk();
    this.#entries = [];
  }

  writeState(writer: StateWriter): void {
    writer.count(this.#samples);
    const isComplete = this.#isComplete;
    writer.flag(isComplete);
    if (isComplete) {
      writer.number(this.value.valence);
      writer.number(this.value.arousal);
      return;
    }
    writer.count(this.#entries.length);
    for (const { samples, valence, arousal } of this.#entries) {
      writer.count(samples);
      writer.count(valence + scale);
      writer.count(arousal + scale);
    }
  }

  readState(reader: StateReader): void {
    this.#samples = reader.count();
    if (reader.flag()) {
      this.#value = { valence: reader.number(-1, 1), arousal: reader.number(-1, 1) };
      // Entries are what makes it incomplete, and so does having heard nothing.
      this.#samples = Math.max(1, this.#samples);
      return;
    }
    this.#entries = Array.from({ length: reader.count(mostEntries - 1) }, () => ({
      samples: reader.count(enoughSamples),
      valence: reader.count(2 * scale) - scale,
      arousal: reader.count(2 * scale) - scale,
    }));
    this.#samples = this.#entries.reduce((sum, { samples }) => sum + samples, 0);
  }

  get #isComplete(): boolean {
    return this.#samples > 0 && this.#entries.length === 0;
  }

  #shrunk(): Affect {
    const { centre } = this.#neutral;
    const samples = this.#samples;
    if (samples === 0) return centre;
    const towards = (read: (entry: Entry) => number, prior: number): number =>
      ((samples * weightedMedian(this.#entries, read)) / scale + priorSamples * prior) /
      (samples + priorSamples);
    return {
      valence: towards(({ valence }) => valence, centre.valence),
      arousal: towards(({ arousal }) => arousal, centre.arousal),
    };
  }
}

/** The value that half of the speech lies at or below; between two of them, if exactly half does. */
function weightedMedian(entries: readonly Entry[], read: (entry: Entry) => number): number {
  const sorted = [...entries].sort((a, b) => read(a) - read(b));
  const half = sorted.reduce((sum, { samples }) => sum + samples, 0) / 2;
  let below = 0;
  for (const [i, entry] of sorted.entries()) {
    below += entry.samples;
    if (below === half && i + 1 < sorted.length) return (read(entry) + read(sorted[i + 1]!)) / 2;
    if (below >= half) return read(entry);
  }
  return 0;
}
