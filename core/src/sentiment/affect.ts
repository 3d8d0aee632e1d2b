/** Valence and arousal, what counts as neutral of a model, and sums of both weighted by speech. */
import type { Manifest } from '../model/manifest.ts';
import type { StateReader } from '../stream/state-reader.ts';
import type { StateWriter } from '../stream/state-writer.ts';

/** Each in [-1, 1]. */
export interface Affect {
  readonly valence: number;
  readonly arousal: number;
}

/** Where neutral speech lies, and how far from there speech is still nearer to it than to any class that is not neutral. */
export interface NeutralRegion {
  readonly centre: Affect;
  readonly radius: number;
}

/** The mean of the coordinates of the neutral classes (0, 0 without any), and half the way to the nearest other class. */
export function neutralRegion({ labels, sentiment }: Pick<Manifest, 'labels' | 'sentiment'>): NeutralRegion {
  const sums = new AffectSums();
  for (const label of labels) {
    if (sentiment.classes[label] === 'neutral') sums.add(1, sentiment.coordinates[label]!);
  }
  const centre = sums.samples > 0 ? sums.mean : { valence: 0, arousal: 0 };
  const others = labels.filter((label) => sentiment.classes[label] !== 'neutral');
  const distances = others.map((label) => distance(centre, sentiment.coordinates[label]!));
  return { centre, radius: distances.length > 0 ? Math.min(...distances) / 2 : 1 };
}

export function distance(one: Affect, other: Affect): number {
  return Math.hypot(one.valence - other.valence, one.arousal - other.arousal);
}

export function difference(one: Affect, other: Affect): Affect {
  return { valence: one.valence - other.valence, arousal: one.arousal - other.arousal };
}

/** Means weighted by samples of speech. */
export class AffectSums {
  samples = 0;
  #valence = 0;
  #arousal = 0;

  /** Zeros where nothing was added. */
  get mean(): Affect {
    const { samples } = this;
    if (samples === 0) return { valence: 0, arousal: 0 };
    return { valence: this.#valence / samples, arousal: this.#arousal / samples };
  }

  add(samples: number, { valence, arousal }: Affect): void {
    this.samples += samples;
    this.#valence += samples * valence;
    this.#arousal += samples * arousal;
  }

  /** What is in both. */
  plus(other: AffectSums): AffectSums {
    return this.#with(other, 1);
  }

  /** What is in this one and not in `other`, which must be a part of it. */
  minus(other: AffectSums): AffectSums {
    return this.#with(other, -1);
  }

  /** A part of all of it, with the same mean. */
  share(part: number): AffectSums {
    return new AffectSums().#with(this, part);
  }

  writeState(writer: StateWriter): void {
    writer.count(this.samples);
    if (this.samples === 0) return;
    writer.number(this.#valence);
    writer.number(this.#arousal);
  }

  readState(reader: StateReader): void {
    this.samples = reader.count();
    if (this.samples === 0) return;
    // Rounding may carry a sum of extremes a little further than its weight.
    const most = 1.001 * this.samples;
    this.#valence = reader.number(-most, most);
    this.#arousal = reader.number(-most, most);
  }

  #with(other: AffectSums, factor: number): AffectSums {
    const sums = new AffectSums();
    sums.samples = this.samples + factor * other.samples;
    sums.#valence = this.#valence + factor * other.#valence;
    sums.#arousal = this.#arousal + factor * other.#arousal;
    return sums;
  }
}
