/**
 * What a supervisor can use of the mood of one channel, from its final results alone: it does not depend on which interim
 * results were asked for. Formulas and sources: docs/sentiment.md.
 */
import type { Manifest } from '../model/manifest.ts';
import type { Judgement } from '../stream/events.ts';
import type { StateReader } from '../stream/state-reader.ts';
import type { StateWriter } from '../stream/state-writer.ts';
import type { Stateful } from '../stream/stateful.ts';
import { type Affect, AffectSums, difference, neutralRegion } from './affect.ts';
import { type CoursePoint, type Quarters, SpeechCourse } from './speech-course.ts';
import { type TurningPoint, TurningPoints } from './turning-points.ts';
import { VoiceBaseline } from './voice-baseline.ts';

/** Means are weighted by speech. */
export interface MoodSummary {
  readonly mean: Affect;
  /** Of this voice when it is neutral; the model's neutral as long as nothing neutral was heard. */
  readonly baseline: Affect;
  /** Neutral speech that the baseline rests on, at 16 kHz. */
  readonly neutralSamples: number;
  /** `mean` less `baseline`. */
  readonly relative: Affect;
  /** Mean probability of each class; sums to 1. */
  readonly share: Readonly<Record<string, number>>;
  /** First and last quarter of the speech; null where that is less than 8 s. */
  readonly quarters: Quarters | null;
  /** At most 16, in the order of time, of as much speech each; the last may have less. */
  readonly course: readonly CoursePoint[];
  /** At most 8, in the order of time. */
  readonly turningPoints: readonly TurningPoint[];
}

export class ChannelMood implements Stateful {
  readonly #labels: readonly string[];
  readonly #baseline: VoiceBaseline;
  readonly #turns = new TurningPoints();
  readonly #course = new SpeechCourse();
  readonly #sums = new AffectSums();
  /** Samples of speech times the probability of each class, in manifest order. */
  readonly #shareSamples: Float64Array;

  constructor(manifest: Pick<Manifest, 'labels' | 'sentiment'>) {
    this.#labels = manifest.labels;
    this.#baseline = new VoiceBaseline(neutralRegion(manifest));
    this.#shareSamples = new Float64Array(manifest.labels.length);
  }

  /**
   * Takes a final result; one that abstains for want of speech does not count.
   * @param samples of speech in it
   */
  hear(startSample: number, endSample: number, samples: number, judgement: Judgement): void {
    if (samples === 0 || judgement.abstain === 'no_speech') return;
    const { dimensions, scores } = judgement;
    this.#sums.add(samples, dimensions);
    this.#baseline.hear(samples, dimensions);
    this.#turns.hear(startSample, samples, dimensions);
    this.#course.hear(startSample, endSample, samples, dimensions);
    for (const [i, label] of this.#labels.entries()) this.#shareSamples[i]! += samples * scores[label]!;
  }

  /** Of this voice, as far as it is known. */
  get baseline(): Affect {
    return this.#baseline.value;
  }

  /** The newest that was found. */
  get turningPoint(): TurningPoint | null {
    return this.#turns.found.at(-1) ?? null;
  }

  /** Null until something was said. */
  get summary(): MoodSummary | null {
    const { samples, mean } = this.#sums;
    if (samples === 0) return null;
    const baseline = this.#baseline.value;
    const share = Object.fromEntries(
      this.#labels.map((label, i) => [label, this.#shareSamples[i]! / samples]),
    );
    return {
      mean,
      baseline,
      neutralSamples: this.#baseline.neutralSamples,
      relative: difference(mean, baseline),
      share,
      quarters: this.#course.quarters,
      course: this.#course.points,
      turningPoints: this.#turns.found,
    };
  }

  writeState(writer: StateWriter): void {
    for (const part of [this.#sums, this.#baseline, this.#turns, this.#course]) part.writeState(writer);
    writer.sparse(this.#shareSamples);
  }

  readState(reader: StateReader): void {
    for (const part of [this.#sums, this.#baseline, this.#turns, this.#course]) part.readState(reader);
    reader.sparse(this.#shareSamples);
  }
}
